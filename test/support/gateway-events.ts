/** HTTP requests as API Gateway and function URLs hand them to a function. */

/** API Gateway Developer Guide, "Input format of a Lambda function for proxy integration". */
export const rest = {
  resource: "/my/path",
  path: "/my/path",
  httpMethod: "POST",
  headers: { header1: "value1", header2: "value1,value2", "Content-Type": "application/json" } as object | null,
  multiValueHeaders: { header1: ["value1"], header2: ["value1", "value2"], "Content-Type": ["application/json"] } as
    | object
    | null,
  queryStringParameters: { parameter1: "value1,value2", parameter2: "value" },
  multiValueQueryStringParameters: { parameter1: ["value1", "value2"], parameter2: ["value"] },
  requestContext: {
    accountId: "123456789012",
    apiId: "id",
    authorizer: { claims: null, scopes: null },
    domainName: "id.execute-api.us-east-1.amazonaws.com",
    domainPrefix: "id",
    extendedRequestId: "request-id",
    httpMethod: "POST",
    identity: {
      accessKey: null,
      accountId: null,
      caller: null,
      cognitoAuthenticationProvider: null,
      sourceIp: "IP",
      user: null,
      userAgent: "user-agent",
      userArn: null,
      clientCert: null,
    },
    path: "/my/path",
    protocol: "HTTP/1.1",
    requestId: "id=",
    requestTime: "04/Mar/2020:19:15:17 +0000",
    requestTimeEpoch: 1583349317135,
    resourceId: null,
    resourcePath: "/my/path",
    stage: "$default",
  } as object,
  pathParameters: null,
  stageVariables: null,
  body: "Hello from Lambda!" as unknown,
  isBase64Encoded: false as unknown,
};

/**
 * API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs", payload format version 2.0; Lambda
 * Developer Guide, "Function URL invocation".
 */
export const version2 = {
  version: "2.0",
  routeKey: "$default",
  rawPath: "/my/path",
  rawQueryString: "parameter1=value1&parameter1=value2&parameter2=value",
  cookies: ["cookie1", "cookie2"],
  headers: { header1: "value1", header2: "value1,value2", "content-type": "application/json" } as object,
  queryStringParameters: { parameter1: "value1,value2", parameter2: "value" },
  requestContext: {
    accountId: "123456789012",
    apiId: "api-id",
    authentication: null,
    authorizer: {
      iam: {
        accessKey: "AKIA...",
        accountId: "111122223333",
        callerId: "AIDA...",
        cognitoIdentity: null,
        principalOrgId: null,
        userArn: "arn:aws:iam::111122223333:user/example-user",
        userId: "AIDA...",
      },
    },
    domainName: "id.execute-api.us-east-1.amazonaws.com",
    domainPrefix: "id",
    http: { method: "POST", path: "/my/path", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "agent" },
    requestId: "id",
    routeKey: "$default",
    stage: "$default",
    time: "12/Mar/2020:19:03:58 +0000",
    timeEpoch: 1583348638390,
  } as object,
  pathParameters: { parameter1: "value1" },
  stageVariables: { stageVariable1: "value1", stageVariable2: "value2" },
  body: "Hello from Lambda" as unknown,
  isBase64Encoded: false as unknown,
};

export const version1 = { ...rest, version: "1.0" };
