/**
 * Amazon Data Firehose's data transformation: each record comes back once, restored or as failed. Records that CloudWatch
 * Logs put in, which are compressed, are compressed again.
 * Source: Amazon Data Firehose Developer Guide, "Transform source data".
 */
import { applyCodings, parseContentCodings, undoCodings } from "../../core/content-coding.ts";
import type { EncryptedText } from "../../core/decryption.ts";
import { type ErrorCode, FieldsealError } from "../../core/errors.ts";
import { isRecord } from "../../core/shape.ts";
import { type Caller, decodeBase64, invalid, openTexts, type Result } from "./caller.ts";

/** Lambda gives no more than 6 MB back. */
const mostAnswered = 6_000_000;

/** Of all records of a call together, unpacked. */
const mostDecoded = 50_000_000;

const gzip = parseContentCodings(["gzip"]);

/** Firehose calls again when an invocation fails, which helps with these. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["kms_throttled", "kms_unavailable", "out_of_time"]);

export const firehose: Caller = {
  name: "firehose",
  shape: "Firehose's records for transformation: invocationId and records with recordId and data",
  recognizes: ({ invocationId, records }) => typeof invocationId === "string" && Array.isArray(records) && records.every((record) => isRecord(record) && typeof record["recordId"] === "string"),
  handle: openTexts((event, { onFailure }) => {
    const read = createRecordReader(onFailure);
    const records = (event["records"] as readonly unknown[]).map(read);
    return {
      texts: records.flatMap(({ text }) => (text === undefined ? [] : [text])),
      answer: (results, withdraw) => {
        const left = [...results];
        const failures = records.map(({ recordId }) => ({ recordId, result: "ProcessingFailed" }));
        let room = mostAnswered - JSON.stringify({ records: records.map(({ member }, index) => ({ ...failures[index], [member]: "" })) }).length;
        return {
          records: records.map(({ member, data, text, gzipped }, index) => {
            const result = text === undefined ? undefined : left.shift();
            const restored = result === undefined ? undefined : writeData(result, gzipped);
            const given = restored ?? data;
            const fits = given.length <= room;
            if (fits) room -= given.length;
            else if (result !== undefined) withdraw(result);
            // Firehose wants data for each, and delivers what failed as it came.
            return { ...failures[index], ...(fits && restored !== undefined ? { result: "Ok" } : {}), [member]: fits ? given : "" };
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
  /** `undefined` for what cannot be unpacked. */
  readonly text: EncryptedText | undefined;
  readonly gzipped: boolean;
}

function createRecordReader(onFailure: EncryptedText["onFailure"]): (record: unknown) => FirehoseRecord {
  let room = mostDecoded;
  const unpack = (bytes: Buffer): Buffer | undefined => {
    try {
      const unpacked = undoCodings(bytes, gzip, room);
      room -= unpacked.length;
      return unpacked;
    } catch {
      return undefined;
    }
  };
  return (record) => {
    const { recordId, data, kafkaRecordValue } = isRecord(record) ? record : {};
    const value = data ?? kafkaRecordValue;
    if (typeof recordId !== "string" || typeof value !== "string") throw invalid("A record has recordId and data.");
    const bytes = decodeBase64(value, "A record's data");
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const body = gzipped ? unpack(bytes) : bytes;
    return { recordId, member: data === undefined ? "kafkaRecordValue" : "data", data: value, gzipped, text: body && { body, contentType: undefined, onFailure } };
  };
}

/** A restored record's data; `undefined` for one that failed. Throws what another try may mend. */
function writeData(result: Result, gzipped: boolean): string | undefined {
  if (result instanceof FieldsealError && passing.has(result.code)) throw result;
  if (result instanceof FieldsealError) return undefined;
  return applyCodings(result.body, gzipped ? gzip : []).toString("base64");
}
