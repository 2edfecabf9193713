/** XML at the edge. */
import { describe, expect, test } from "@jest/globals";
import { protect, restore, secret, testCases, testRefusals } from "../../support/protected-bodies.ts";

const soap = (ssn: string): string =>
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' +
  `<m:Add xmlns:m="u"><m:ssn>${ssn}</m:ssn></m:Add></s:Body></s:Envelope>`;

describe("XML", () => {
  const rule = { xml: ["/a/b", "//ssn", "//c/@id"], fields: ["card"] };
  testCases(rule, "application/xml", [
    ["path", "<a><b>x</b><d>y</d></a>", "<a><b><T></b><d>y</d></a>"],
    ["elsewhere", "<z><b>x</b></z>", "<z><b>x</b></z>"],
    ["any depth", `<a><x><ssn>${secret}</ssn></x></a>`, "<a><x><ssn><T></ssn></x></a>"],
    ["namespaces", '<n:a xmlns:n="u"><n:ssn>1</n:ssn></n:a>', '<n:a xmlns:n="u"><n:ssn><T></n:ssn></n:a>'],
    ["attribute", '<a><c id="1" x="2"/></a>', '<a><c id="<T>" x="2"/></a>'],
    ["apostrophes", "<a><c id='1'/></a>", "<a><c id='<T>'/></a>"],
    ["by name", '<a card="1"><card>2</card></a>', '<a card="<T>"><card><T></card></a>'],
    ["empty", "<a><ssn/><ssn></ssn><ssn> </ssn></a>", "<a><ssn/><ssn></ssn><ssn> </ssn></a>"],
    ["children", '<a><b>1<i k="2">3</i>4</b></a>', '<a><b><T><i k="<T>"><T></i><T></b></a>'],
    ["entities", "<a><b>a&amp;b&lt;</b></a>", "<a><b><T></b></a>"],
    ["CDATA", "<a><b><![CDATA[<x>]]></b></a>", "<a><b><![CDATA[<T>]]></b></a>"],
    [
      "declaration",
      '<?xml version="1.0" encoding="UTF-8"?>\n<!-- c --><a><b>1</b></a>\n',
      '<?xml version="1.0" encoding="UTF-8"?>\n<!-- c --><a><b><T></b></a>\n',
    ],
    ["SOAP", soap(secret), soap("<T>")],
  ]);
  test.each([
    ["references", "<a><b>&#x41;&#66;</b></a>", "<a><b>AB</b></a>"],
    ["text and CDATA", "<a><b>x<![CDATA[<y>]]>z</b></a>", "<a><b>x&lt;y&gt;z</b></a>"],
    ["line ends", "<a><b>x\r\ny</b></a>", "<a><b>x\ny</b></a>"],
    ["in CDATA", "<a><b><![CDATA[x\r\n&amp;]]></b></a>", "<a><b><![CDATA[x\n&amp;]]></b></a>"],
  ])("%s: the same characters come back", async (_, body, expected) => {
    const answer = await protect({ xml: ["/a/b"] }, "text/xml", body);
    expect(await restore(answer.body, "text/xml")).toBe(expected);
  });
  test.each([
    ["a line's end that is a space (XML 1.0, section 3.3.3)", '<a b="x\r\ny\tz\n"/>', '<a b="x y z "/>'],
    ["one that is none", '<a b="x&#10;y&#9;z&#xD;"/>', '<a b="x&#10;y&#9;z&#13;"/>'],
  ])("attributes: %s", async (_, body, expected) => {
    const answer = await protect({ xml: ["/a/@b"] }, "text/xml", body);
    expect(await restore(answer.body, "text/xml")).toBe(expected);
  });
  testRefusals(
    rule,
    "application/soap+xml",
    [
      ["two prefixes", `<a><n:m:ssn>${secret}</n:m:ssn></a>`, "body_ambiguous"],
      ["a prefix that is none", `<a><:ssn>${secret}</:ssn></a>`, "body_ambiguous"],
      ["an attribute with two", `<a><c n:m:id="${secret}"/></a>`, "body_ambiguous"],
      ["a document type", `<!DOCTYPE a [<!ENTITY e "${secret}">]><a><ssn>&e;</ssn></a>`, "body_malformed"],
      ["an unknown entity", "<a><ssn>&e;</ssn></a>", "body_malformed"],
      ["a comment in a value", "<a><ssn>078<!-- x -->-05</ssn></a>", "body_ambiguous"],
      ["an instruction in a value", "<a><ssn>078<?x y?>-05</ssn></a>", "body_ambiguous"],
      ["tags that cross", "<a><b></a></b>", "body_malformed"],
      ["no end", `<a><ssn>${secret}</ssn>`, "body_malformed"],
      ["two roots", "<a/><ssn>1</ssn>", "body_malformed"],
      ["an attribute twice", '<a><c id="1" id="2"/></a>', "body_malformed"],
      ["no quotes", "<a><c id=1/></a>", "body_malformed"],
      ["a bare ampersand", "<a><ssn>a & b</ssn></a>", "body_malformed"],
      ["]]> in text", "<a><ssn>]]></ssn></a>", "body_malformed"],
      ["two dashes in a comment", "<a><!-- a -- b --></a>", "body_malformed"],
      ["a control character", "<a>\u0001</a>", "body_malformed"],
      ["a reference to one", "<a>&#1;</a>", "body_malformed"],
      ["version 1.1", '<?xml version="1.1"?><a/>', "body_malformed"],
      ["another encoding", `<?xml version="1.0" encoding="UTF-16"?><a><ssn>${secret}</ssn></a>`, "charset_unsupported"],
      ["text after the root", "<a/>x", "body_malformed"],
      ["nothing", "", "body_malformed"],
    ]
      .filter(([, body]) => body !== "")
      .map(([why = "", body = "", code = ""]) => [why, body, code] as const),
  );

  test("1,001 levels", async () => {
    const deep = (levels: number): string => "<a>".repeat(levels) + "</a>".repeat(levels);
    expect((await protect(rule, "text/xml", deep(1_001))).code).toBe("too_deep");
    expect((await protect(rule, "text/xml", deep(1_000))).status).toBeUndefined();
  });
});
