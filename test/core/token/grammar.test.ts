import { privateDecrypt } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CompactEncrypt, compactDecrypt, importPKCS8, importSPKI } from "jose";
import forge from "node-forge";
import { formatToken, parsePayload, scanTokens } from "../../../core/token/grammar.ts";
import { holdsMarker } from "../../../core/token/marker.ts";
import { createRecipient } from "../../../core/token/recipient.ts";
import { createContentKey, measureSealedJson, sealJson } from "../../../core/token/sealed-content.ts";
import { keys, openTokens } from "../../support/edge.ts";

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);
const others = keys.map((each) => createRecipient(each, each.publicKeyPem));
const payload = recipient.encrypt(Buffer.from("x")).toString("base64");
const token = formatToken(recipient, payload);

describe("direct tokens", () => {
  test("node-forge opens ours and we open its, with SHA-256 for hash and MGF1", async () => {
    const scheme = { md: forge.md.sha256.create(), mgf1: { md: forge.md.sha256.create() } };
    const ours = recipient.encrypt(Buffer.from("Grüße 🌍", "utf8"));
    const opened = forge.pki.privateKeyFromPem(key.privateKeyPem).decrypt(ours.toString("latin1"), "RSA-OAEP", scheme);
    expect(forge.util.decodeUtf8(opened)).toBe("Grüße 🌍");
    const theirs = forge.pki
      .publicKeyFromPem(key.publicKeyPem)
      .encrypt(forge.util.encodeUtf8("né"), "RSA-OAEP", scheme);
    const body = `["${formatToken(recipient, forge.util.encode64(theirs))}"]`;
    expect((await openTokens({ body })).body).toBe('["né"]');
  });

  test("equal values have different tokens", () => {
    expect(recipient.encrypt(Buffer.from("x")).equals(recipient.encrypt(Buffer.from("x")))).toBe(false);
  });

  test("SHA-1 does not open them", () => {
    expect(() =>
      privateDecrypt({ key: key.privateKeyPem, oaepHash: "sha1" }, recipient.encrypt(Buffer.from("x"))),
    ).toThrow();
  });
});

describe("sealed tokens", () => {
  test("jose opens ours", async () => {
    const privateKey = await importPKCS8(key.privateKeyPem, "RSA-OAEP-256");
    const { plaintext, protectedHeader } = await compactDecrypt(
      sealJson(createContentKey(recipient), "a.b", "true"),
      privateKey,
    );
    expect(Buffer.from(plaintext).toString()).toBe("true".padEnd(32));
    expect(JSON.stringify(protectedHeader)).toBe('{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"json","fld":"a.b"}');
  });

  test("we open jose's", async () => {
    const publicKey = await importSPKI(key.publicKeyPem, "RSA-OAEP-256");
    const jwe = await new CompactEncrypt(Buffer.from(" [1.0] "))
      .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", cty: "json" })
      .encrypt(publicKey);
    expect((await openTokens({ body: `{"a":"${formatToken(recipient, jwe)}"}` })).body).toBe('{"a":[1.0]}');
  });

  test("length tells nothing below 32 bytes, and is known before", () => {
    const contentKey = createContentKey(recipient);
    for (const text of ["true", "false", '""', "x".repeat(32), "x".repeat(33), "é".repeat(40)]) {
      for (const label of [undefined, "a", "a".repeat(64)]) {
        expect(sealJson(contentKey, label, text).length).toBe(
          measureSealedJson(recipient, label, Buffer.byteLength(text)),
        );
      }
    }
    expect(sealJson(contentKey, undefined, "true").length).toBe(sealJson(contentKey, undefined, "false").length);
  });

  test("no IV comes twice", () => {
    const contentKey = createContentKey(recipient);
    const ivs = Array.from({ length: 2_000 }, () => sealJson(contentKey, undefined, "1").split(".")[2]);
    expect(new Set(ivs).size).toBe(2_000);
  });

  test("content keys differ", () => {
    expect(createContentKey(recipient).wrapped).not.toBe(createContentKey(recipient).wrapped);
  });
});

describe("scanning", () => {
  test.each([
    ["one", `a${token}b`, ["token 1"]],
    ["two", `${token}${token}`, ["token 0", `token ${token.length}`]],
    ["stray prefix before", `#01#${token}`, ["token 4"]],
    ["overlapping prefix", `#01${token}`, ["token 3"]],
    ["15 characters", `#01#${"A".repeat(15)} `, []],
    ["16 characters", `#01#${"A".repeat(16)} `, ["damaged 0"]],
    ["cut off", token.slice(0, -1), ["damaged 0"]],
    ["another suffix", token.slice(0, -4) + "#20#", ["damaged 0"]],
    ["nobody's", token.replaceAll("01", "07"), []],
    ["unpadded", `#01#${payload.replace(/=+$/, "")}#10#`, ["damaged 0"]],
    ["not canonical", `#01#${"A".repeat(341)}B==#10#`, ["damaged 0"]],
    ["lone suffix", "#10#", []],
  ])("%s", (_, text, expected) => {
    expect([...scanTokens(text, others)].map(({ kind, start }) => `${kind} ${start}`)).toEqual(expected);
  });

  test("a payload has one spelling", () => {
    expect(parsePayload(payload)?.kind).toBe("direct");
    expect(parsePayload(`${payload.slice(0, -4)}\n${payload.slice(-4)}`)).toBeUndefined();
    expect(parsePayload(sealJson(createContentKey(recipient), undefined, "1"))?.kind).toBe("sealed");
  });
});

describe("markers in other spellings", () => {
  test.each([
    ["raw", "x#01#"],
    ["suffix", "#10#"],
    ["escape of JavaScript", "\\x2301\\x23"],
    ["backslashes before signs", "\\#01\\#"],
    ["unicode escape", "\\u002301#"],
    ["capital hex", "\\u0023\\u0030\\u0031\\u0023"],
    ["escape in escape", "\\\\u002301#"],
    ["percent", "%2301%23"],
    ["percent twice", "%252301%2523"],
    ["entity", "&#35;01&#x23;"],
    ["named entity", "&num;01&num;"],
    ["padded entity", "&#00035;01#"],
    ["mixed", "&#37;2301#"],
    ["its inside only", "#%301#"],
    ["an escape whose digit is spelt", "%2%3301#"],
    ["an escape of JSON whose letter is spelt", "\\%75002301#"],
    ["an entity whose end is spelt", "&#35%3b01#"],
    ["an entity whose name is spelt", "&n%75m%3B01#"],
  ])("%s", (_, text) => {
    expect(holdsMarker(text, [recipient])).toBe(true);
  });

  test.each(["#1#", "#01", "01#", "# 01#", "&#01;#x", "%2x01%23"])("%s holds none", (text) => {
    expect(holdsMarker(text, [recipient])).toBe(false);
  });

  test("whatever spells a marker in one or two rounds is found", () => {
    const spell = (character: string, how: number): string => {
      const hex = character.charCodeAt(0).toString(16).padStart(2, "0");
      return [character, `%${hex}`, `\\u00${hex}`, `&#x${hex};`, `&#${character.charCodeAt(0)};`][how % 5] ?? character;
    };
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 60, maxLength: 60 }), (ways) => {
        const once = [...recipient.prefix].map((character, index) => spell(character, ways[index] ?? 0)).join("");
        // Not by an escape of JSON, which a backslash before it would undo.
        const again = (index: number): number => [1, 3, 4][(ways[index] ?? 0) % 3] ?? 1;
        const twice = [...once]
          .map((character, index) => (index % 7 === 0 ? spell(character, again(index)) : character))
          .join("");
        return holdsMarker(once, [recipient]) && holdsMarker(twice, [recipient]);
      }),
      { numRuns: 1_000 },
    );
  });
});
