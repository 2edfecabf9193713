import { expect, test } from "@jest/globals";
import { parseFunctionName } from "../../../local/lambda/function-name.ts";

const names: readonly [text: string, parsed: object | undefined, why: string][] = [
  ["decryptor", { name: "decryptor" }, "name"],
  ["my_function-2", { name: "my_function-2" }, "all kinds of characters"],
  ["decryptor:7", { name: "decryptor", qualifier: "7" }, "version"],
  ["decryptor:$LATEST", { name: "decryptor", qualifier: "$LATEST" }, "latest"],
  ["function", { name: "function" }, "a name that is a part of an ARN"],
  ["function:decryptor", { name: "decryptor" }, "short partial ARN"],
  ["123456789012:function:decryptor", { name: "decryptor" }, "partial ARN"],
  ["123456789012:function:decryptor:live", { name: "decryptor", qualifier: "live" }, "partial ARN with alias"],
  ["arn:aws:lambda:us-east-1:123456789012:function:decryptor", { name: "decryptor" }, "ARN"],
  ["arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:d:1", { name: "d", qualifier: "1" }, "other partition"],
  ["", undefined, "empty"],
  ["a b", undefined, "space"],
  ["a:b:c", undefined, "too many parts"],
  ["a".repeat(65), undefined, "too long"],
  ["arn:aws:s3:us-east-1:123456789012:function:a", undefined, "other service"],
  ["a:$OLDEST", undefined, "unknown reserved qualifier"],
];
test.each(names)("%s is %p (%s)", (text, parsed) => {
  expect(parseFunctionName(text)).toEqual(parsed);
});
