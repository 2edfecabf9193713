/**
 * Amazon Data Firehose's data transformation: each record comes back once, restored or as failed. Records that
 * CloudWatch Logs put in, which are compressed, are compressed again. Source: Amazon Data Firehose Developer Guide,
 * "Transform source data".
 */

import { isRecord } from "../../core/config/config-value.ts";
import type { EncryptedText } from "../../core/decrypt/decrypt-texts.ts";
import { FieldsealError } from "../../core/errors.ts";
import { applyCodings, parseContentCodings, undoCodings } from "../../core/text/content-coding.ts";
import { type Caller, decodeBase64, invalid, isPassing, openTexts, type Result, requireLasting } from "./caller.ts";

/** Lambda gives no more than 6 MB back. */
const mostAnswered = 6_000_000;

/** Of all records of a call together, unpacked. */
const mostDecoded = 50_000_000;

const gzip = parseContentCodings(["gzip"]);

export const firehose: Caller = {
  name: "firehose",
  shape: "Firehose's records for transformation: invocationId and records with recordId and data",
  // Kinesis Data Analytics has such records too: for its destinations, what is `Ok` was delivered.
  recognizes: ({ invocationId, records, applicationArn }) =>
    typeof invocationId === "string" &&
    applicationArn === undefined &&
    Array.isArray(records) &&
    records.every((record) => isRecord(record) && typeof record["recordId"] === "string"),
  handle: openTexts((event, { onFailure }) => {
    const read = createRecordReader(onFailure);
    const records = (event["records"] as readonly unknown[]).map(read);
    return {
      texts: records.flatMap(({ text }) => (text === undefined ? [] : [text])),
      answer: (results, withdraw) => {
        const left = [...results];
        const failures = records.map(({ recordId }) => ({ recordId, result: "ProcessingFailed" }));
        let room =
          mostAnswered -
          JSON.stringify({ records: records.map(({ member }, index) => ({ ...failures[index], [member]: "" })) })
            .length;
        return {
          records: records.map(({ member, data, text, gzipped }, index) => {
            const result = text === undefined ? undefined : left.shift();
            const restored = result === undefined ? undefined : writeData(result, gzipped);
            const given = restored ?? data;
            const fits = given.length <= room;
            if (fits) room -= given.length;
            else if (result !== undefined) withdraw(result);
            // Firehose wants data for each, and delivers what failed as it came.
            return {
              ...failures[index],
              ...(fits && restored !== undefined ? { result: "Ok" } : {}),
              [member]: fits ? given : "",
            };
          }),
        };
      },
    };
  }),
};

interface FirehoseRecord {
  readonly recordId: string;
  /** Where the data stands; records of Amazon MSK have a name of their own for it. */
  readonly member: "data" | "kafkaRecordValue";
  readonly data: string;
  /** `undefined` for what there is not, or cannot be unpacked. */
  readonly text: EncryptedText | undefined;
  readonly gzipped: boolean;
}

function createRecordReader(onFailure: EncryptedText["onFailure"]): (record: unknown) => FirehoseRecord {
  let room = mostDecoded;
  const unpack = (bytes: Buffer): Buffer => {
    const unpacked = undoCodings(bytes, gzip, room);
    room -= unpacked.length;
    return unpacked;
  };
  return (record) => {
    const { recordId, data, kafkaRecordValue } = isRecord(record) ? record : {};
    if (typeof recordId !== "string") throw invalid("A record has no recordId.");
    const member = kafkaRecordValue === undefined ? "data" : "kafkaRecordValue";
    const value = data ?? kafkaRecordValue;
    const unread = {
      recordId,
      member,
      data: typeof value === "string" ? value : "",
      text: undefined,
      gzipped: false,
    } as const;
    try {
      const bytes = decodeBase64(value, "A record's data");
      const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
      return { ...unread, gzipped, text: { body: gzipped ? unpack(bytes) : bytes, contentType: undefined, onFailure } };
    } catch {
      return unread;
    }
  };
}

/**
 * A restored record's data; `undefined` for one that failed. Throws what another try may mend: Firehose calls again.
 */
function writeData(result: Result, gzipped: boolean): string | undefined {
  if (result instanceof FieldsealError && !isPassing(result.code)) return undefined;
  return applyCodings(requireLasting(result).body, gzipped ? gzip : []).toString("base64");
}
