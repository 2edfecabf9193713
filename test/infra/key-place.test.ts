/** Settings that would make new keys beside the fetched ones are refused. */
import { expect, test } from "@jest/globals";
import { requireSamePlace } from "../../infra/key-place.ts";

test("keys of another account than the one that is deployed to", () => {
  const compare = (account: string | undefined) => (): void =>
    requireSamePlace([draftOf(single)], { account, keyRegion: undefined, multiRegion: false });
  expect(compare("444455556666")).toThrow(/account.*111122223333.*444455556666/);
  expect(compare("111122223333")).not.toThrow();
  expect(compare(undefined)).not.toThrow();
});

const draftOf = (keyArn: string | undefined) => ({ id: "01", keyArn, publicKeyFile: "01.pem", recordFile: "01.json" });
const single = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
const multiple = "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab";
test.each<readonly [string, string | undefined, string | undefined, boolean, RegExp | undefined]>([
  ["a key where it was made", single, "eu-central-1", false, undefined],
  ["no Region told", single, undefined, false, undefined],
  ["a key that is not made yet", undefined, "us-west-2", true, undefined],
  ["a key elsewhere", single, "us-west-2", false, /keyRegion.*eu-central-1/],
  ["a key that cannot have replicas", single, "eu-central-1", true, /Set multiRegion=false/],
  ["a key that has replicas", multiple, "eu-central-1", false, /Set multiRegion=true/],
  ["a key that has replicas, as told", multiple, "eu-central-1", true, undefined],
])("%s", (_, keyArn, keyRegion, multiRegion, reason) => {
  const compare = (): void => requireSamePlace([draftOf(keyArn)], { account: undefined, keyRegion, multiRegion });
  if (reason === undefined) expect(compare).not.toThrow();
  else expect(compare).toThrow(reason);
});
