import { expect, test } from "@jest/globals";
import { parseEvent } from "../../edge/event.ts";
import { methodsOf } from "../../edge/method.ts";
import { type EventParts, makeEvent } from "../support/edge.ts";

test.each<readonly [string, EventParts, readonly string[]]>([
  ["its own", { method: "POST" }, ["POST"]],
  ["its own as it is written", { method: "post" }, ["post"]],
  ["an override", { method: "POST", headers: { "X-HTTP-Method-Override": " put " } }, ["POST", "PUT"]],
  ["two overrides", { headers: { "x-http-method": "PUT", "x-method-override": "delete" } }, ["POST", "PUT", "DELETE"]],
  ["a repeated one", { headers: { "x-http-method": ["PUT", "GET"] } }, ["POST", "PUT", "GET"]],
  ["the query's", { querystring: "a=1&_method=patch&%5Fmethod=put" }, ["POST", "PATCH", "PUT"]],
  ["another parameter", { querystring: "method=put" }, ["POST"]],
])("%s", (_, parts, methods) => {
  expect(methodsOf(parseEvent(makeEvent(parts)))).toEqual(methods);
});
