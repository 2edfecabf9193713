/** CSV at the edge. */
import { describe, expect, test } from "@jest/globals";
import { protect, secret, testCases, testRefusals } from "../../support/protected-bodies.ts";

describe("CSV", () => {
  testCases({ fields: ["ssn"] }, "text/csv", [
    ["a column", `id,ssn,x\r\n1,${secret},2\r\n3,,4\r\n`, "id,ssn,x\r\n1,<T>,2\r\n3,<T>,4\r\n"],
    ["quotes", 'id,"ssn"\n1,"a ""b"", c"\n', 'id,"ssn"\n1,"<T>"\n'],
    ["lines in a cell", 'ssn,id\n"a\nb",1\n', 'ssn,id\n"<T>",1\n'],
    ["a mark", "\ufeffssn\n1\n", "\ufeffssn\n<T>\n"],
    ["blank lines", "ssn,b\n1,2\n\n3,4", "ssn,b\n<T>,2\n\n<T>,4"],
    ["a column twice", "ssn,ssn\n1,2", "ssn,ssn\n<T>,<T>"],
    ["no rows", "ssn,b\n", "ssn,b\n"],
  ]);
  testRefusals({ fields: ["ssn"] }, "text/csv", [
    ["a short row", `id,ssn\n${secret}\n`, "body_malformed"],
    ["a long row", `id,ssn\n1,2,${secret}\n`, "body_malformed"],
    ["a quote inside", 'id,ssn\n1,a"b\n', "body_malformed"],
    ["text after a quote", 'id,ssn\n1,"a"b\n', "body_malformed"],
    ["an open quote", 'id,ssn\n1,"a\n', "body_malformed"],
    ["a lone CR", "id,ssn\r1,2\r", "body_ambiguous"],
    ["a delimiter for Excel", `sep=;\nid;ssn\n1;${secret}\n`, "body_ambiguous"],
    ["another delimiter", `id;ssn\n1;${secret}\n`, "body_ambiguous"],
    ["other quotes", `id,'ssn'\n1,${secret}\n`, "body_ambiguous"],
    ["blanks before the header line", ` \nssn\n${secret}\n`, "body_ambiguous"],
    ["empty cells before the header line", `,\nid,ssn\n1,${secret}\n`, "body_ambiguous"],
    ["a backslash before a quote", `a,b,ssn\n"x\\",",1,${secret},",y\n`, "body_ambiguous"],
    ["an end of line in Unicode", `a,ssn\nx\u2028y,${secret}\n`, "body_ambiguous"],
  ]);
  test("what is doubtful only beside a selected column is none without one", async () => {
    const body = 'a,b\n"x\\","1"\nx\u2028,2\n';
    expect((await protect({ detect: ["us-ssn"] }, "text/csv", body)).body).toBe(body);
  });
  test("without a header line", async () => {
    expect((await protect({ fields: ["ssn"] }, "text/csv; header=absent", "1,2")).code).toBe("body_ambiguous");
  });
});
