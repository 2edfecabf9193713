/** Every message of the product, in lists that people read: a change of a message shows there. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { listMessages, messageFile, messageFolders, readMessages } from "../../scripts/messages.ts";

test.each(messageFolders)("%s: the list is up to date; if not, run npm run messages and read its changes", (folder) => {
  expect(readFileSync(messageFile(folder), "utf8")).toBe(listMessages(folder));
});

describe("what is a message", () => {
  test.each([
    ["a sentence", 'refuse("Expected a list.")', ["Expected a list."]],
    ["a sum over lines", '"Remove it, " +\n  "or add one."', ["Remove it, or add one."]],
    ["values by their names", "`Unknown ${what} ${JSON.stringify(name)}.`", ["Unknown {what} {name}."]],
    ["a member and a list", "`Known: ${this.place}, ${names.join()}`", ["Known: {place}, {names}"]],
    ["a call, and a value without a name", "`Not ${nameOf(a)} but ${-1}`", ["Not {nameOf} but {…}"]],
    ["a value in a sum", '"No rule " + name', ["No rule {name}"]],
    ["a message within a message", '`It is ${ok ? "all right" : "x"}.`', ["It is {…}.", "all right"]],
    ["two words are enough", 'call("KMS key")', ["KMS key"]],
    ["a word and a value", "`offset ${at}`", ["offset {at}"]],
    ["a name", 'call("person.ssn", "content-type")', []],
    ["a comment", "// Two words.\n/** Two words. */", []],
    ["a type", "type A = 'b' | 'c d'; const e: A = 'b';", ["c d"]],
    ["a regular expression", "/two words/", []],
  ])("%s", (_, source, expected) => {
    expect(readMessages(source)).toEqual(expected);
  });
});
