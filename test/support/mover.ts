/** Runs of `fieldseal rewrap` over a local KMS with keys of all sizes. */
import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import type { Recipient } from "../../core/token/recipient.ts";
import { type Decryptor, openDecryptor } from "./decryptor.ts";
import { makeFolder } from "./policy-files.ts";
import { type CommandResult, runFieldseal } from "./terminal.ts";

/** The sizes of keys, in bits of the modulus. */
export const sizes = [2_048, 3_072, 4_096] as const;

/** What is there once the tests run. */
export interface Mover {
  readonly decryptor: Decryptor;
  /** The recipients 01 and 02, then two of each size: 2048A, 2048B and so on. */
  readonly recipients: readonly Recipient[];
  readonly one: Recipient;
  readonly two: Recipient;
  /** The file of a reader that knows all recipients and may open none. */
  readonly reader: string;
}

/** Sets up a mover for the tests of a file. `current` gives it, from `beforeAll` on. */
export function useMover() {
  const folder = makeFolder();
  let mover: Mover | undefined;
  const current = (): Mover => {
    if (mover === undefined) throw new TypeError("the tests have not begun");
    return mover;
  };

  beforeAll(async () => {
    const decryptor = await openDecryptor();
    const [one, two] = decryptor.recipients;
    const others = sizes.flatMap((size) =>
      ["A", "B"].map((letter) => decryptor.makeRecipient(`${size}${letter}`, `RSA_${size}`)),
    );
    const recipients = [one, two, ...others];
    const endpoint = await decryptor.client.config.endpoint?.();
    process.env["AWS_ENDPOINT_URL_KMS"] = `http://${endpoint?.hostname}:${endpoint?.port}`;
    const settings = { reader: "mover", recipients: recipients.map(identityOf), open: [] };
    mover = { decryptor, recipients, one, two, reader: folder.write("reader.json", JSON.stringify(settings)) };
  });

  afterAll(async () => {
    delete process.env["AWS_ENDPOINT_URL_KMS"];
    folder.remove();
    await mover?.decryptor.close();
  });

  beforeEach(() => {
    const { decryptor } = current();
    decryptor.calls.length = 0;
    decryptor.intercept = async () => undefined;
  });

  return {
    folder,
    current,
    /** Runs the command. */
    move: (args: readonly string[], { from = "01", to = "02", input = "" } = {}): Promise<CommandResult> =>
      runFieldseal(["rewrap", "--reader", current().reader, "--from", from, "--to", to, ...args], { input }),
    /** The calls to KMS in this test. */
    operations: (): readonly string[] => current().decryptor.calls.map(({ operation }) => operation),
    /** The text with the values of all its tokens. */
    open: async (body: string, contentType?: string): Promise<unknown> => {
      const { decryptor, recipients } = current();
      const settings = {
        recipients: recipients.map(identityOf),
        open: recipients.map(({ id }) => id),
        limits: { tokens: 100_000 },
      };
      const event = { body, ...(contentType === undefined ? {} : { contentType }) };
      return (await decryptor.call(event, settings)).result["body"];
    },
    makeFolderIn: (name: string): string => {
      mkdirSync(folder.path(name), { recursive: true });
      return folder.path(name);
    },
  };
}

function identityOf({ id, keyArn, prefix, suffix }: Recipient) {
  return { id, keyArn, prefix, suffix };
}

/** The text with a word in place of each token. */
export function maskTokens(text: string): string {
  return text.replace(/#0[12]#[^"~]+~0[12]~/g, (token) => `token of ${token.slice(1, 3)}`);
}
