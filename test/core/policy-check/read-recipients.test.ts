import { expect, test } from "@jest/globals";
import { ConfigValue } from "../../../core/config/config-value.ts";
import type { Issue } from "../../../core/config/issue.ts";
import {
  type RecipientDraft,
  readRecipient,
  requireDistinctRecipients,
} from "../../../core/policy-check/read-recipients.ts";
import { keys } from "../../support/edge.ts";

const pems = new Map(keys.map(({ id, publicKeyPem }) => [id, publicKeyPem]));
const [first, second] = keys.map(({ id, keyArn, prefix, suffix }) => ({
  id,
  keyArn,
  prefix,
  suffix,
  publicKeyFile: `${id}.pem`,
}));

function read(...items: readonly object[]): { readonly drafts: readonly RecipientDraft[]; readonly issues: Issue[] } {
  const issues: Issue[] = [];
  const drafts = items.map((item, index) =>
    readRecipient(new ConfigValue(item, `$.recipients[${index}]`, "policy_invalid", issues), pems),
  );
  requireDistinctRecipients(drafts);
  return { drafts, issues };
}

test("two recipients that share nothing", () => {
  const { drafts, issues } = read({ ...first }, { ...second });
  expect(issues).toEqual([]);
  expect(drafts.map(({ compiled, recipient }) => [compiled.id, compiled.publicKeyPem, recipient?.id])).toEqual(
    [...pems].map(([id, pem]) => [id, pem, id]),
  );
});

test.each([
  ["no ARN", [{ ...first, keyArn: "alias/x" }], "$.recipients[0].keyArn", "Expected the ARN of a KMS key"],
  ["no key", [{ ...first, id: "09" }], "$.recipients[0]", 'The public key of recipient "09" is missing'],
  [
    "one id twice",
    [{ ...first }, { ...second, id: first?.id }],
    "$.recipients[1].id",
    "is already used at $.recipients[0].id",
  ],
  ["one KMS key", [{ ...first }, { ...second, keyArn: first?.keyArn }], "$.recipients[1].keyArn", "The KMS key"],
  ["one marker", [{ ...first }, { ...second, prefix: first?.suffix }], "$.recipients[1].prefix", "is used twice"],
  [
    "a marker around another",
    [{ ...first }, { ...second, prefix: `#${first?.prefix}#` }],
    "$.recipients[1].prefix",
    "contain",
  ],
  ["an unknown setting", [{ ...first, kye: 1 }], "$.recipients[0].kye", "Unknown setting"],
])("%s", (_why, items, place, reason) => {
  expect(read(...items).issues).toContainEqual(
    expect.objectContaining({ severity: "error", place, reason: expect.stringContaining(reason) }),
  );
});
