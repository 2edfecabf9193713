/**
 * Data transformation of Amazon Data Firehose. CloudWatch Logs delivers compressed records, and gets them back
 * compressed. Source: Amazon Data Firehose Developer Guide, "Transform source data".
 */

import { isRecord } from "../../core/config/config-value.ts";
import type { EncryptedText } from "../../core/decrypt/decrypt-texts.ts";
import { FieldsealError } from "../../core/errors.ts";
import { applyCodings, parseContentCodings, undoCodings } from "../../core/text/content-coding.ts";
import { type Caller, decodeBase64, invalid, isPassing, openTexts, type Result, requireLasting } from "./caller.ts";

/** The most characters of an answer: Lambda returns at most 6 MB. */
const maxAnswerLength = 6_000_000;

/** The most uncompressed bytes of all records of a call together. */
const maxDecodedBytes = 50_000_000;

const gzip = parseContentCodings(["gzip"]);

/** Answers with each record once: restored, or unchanged and marked as failed. */
export const firehose: Caller = {
  name: "firehose",
  shape: "a transformation of Firehose (invocationId and records with recordId and data)",
  // Kinesis Data Analytics sends such records to its destinations too, but takes `Ok` for "delivered".
  recognizes: ({ invocationId, records, applicationArn }) =>
    typeof invocationId === "string" &&
    applicationArn === undefined &&
    Array.isArray(records) &&
    records.every((record) => isRecord(record) && typeof record["recordId"] === "string"),
  handle: openTexts((event, { onFailure }) => {
    const read = createRecordReader(onFailure);
    const records = (event["records"] as readonly unknown[]).map(read);
    return {
      texts: records.map(({ text }) => text),
      answer: (results, withdraw) => {
        const failures = records.map(({ recordId }) => ({ recordId, result: "ProcessingFailed" }));
        let lengthLeft =
          maxAnswerLength -
          JSON.stringify({ records: records.map(({ member }, index) => ({ ...failures[index], [member]: "" })) })
            .length;
        return {
          records: records.map(({ member, data, gzipped }, index) => {
            const result = results[index];
            const restored = result === undefined ? undefined : writeData(result, gzipped);
            const given = restored ?? data;
            const fits = given.length <= lengthLeft;
            if (fits) lengthLeft -= given.length;
            else if (result !== undefined) withdraw(result);
            // Firehose needs data for each record, and delivers a failed record as it came.
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
  /** The member that holds the data: records of Amazon MSK name it differently. */
  readonly member: "data" | "kafkaRecordValue";
  readonly data: string;
  /** `undefined` if the record has no data, or its data cannot be uncompressed. */
  readonly text: EncryptedText | undefined;
  readonly gzipped: boolean;
}

function createRecordReader(onFailure: EncryptedText["onFailure"]): (record: unknown) => FirehoseRecord {
  let bytesLeft = maxDecodedBytes;
  const unpack = (bytes: Buffer): Buffer => {
    const unpacked = undoCodings(bytes, gzip, bytesLeft);
    bytesLeft -= unpacked.length;
    return unpacked;
  };
  return (record) => {
    const { recordId, data, kafkaRecordValue } = isRecord(record) ? record : {};
    if (typeof recordId !== "string") throw invalid("Each record needs a recordId, a string.");
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
 * The data of a restored record; `undefined` for a record that failed. Throws errors that may pass, since Firehose then
 * calls again.
 */
function writeData(result: Result, gzipped: boolean): string | undefined {
  if (result instanceof FieldsealError && !isPassing(result.code)) return undefined;
  return applyCodings(requireLasting(result).body, gzipped ? gzip : []).toString("base64");
}
