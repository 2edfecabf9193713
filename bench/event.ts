/** Events in the form of CloudFront's. */

/** The event for a POST to /people with a body. */
export function makeEvent(body: string, contentType = "application/json"): unknown {
  return {
    Records: [
      {
        cf: {
          config: { distributionId: "E1", eventType: "origin-request", requestId: "bench" },
          request: {
            clientIp: "203.0.113.1",
            method: "POST",
            uri: "/people",
            querystring: "",
            headers: {
              host: [{ key: "Host", value: "example.com" }],
              "content-type": [{ key: "Content-Type", value: contentType }],
            },
            body: {
              inputTruncated: false,
              action: "read-only",
              encoding: "base64",
              data: Buffer.from(body, "utf8").toString("base64"),
            },
          },
        },
      },
    ],
  };
}
