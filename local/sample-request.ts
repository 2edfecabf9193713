/** Sends a sample request through the whole system, and shows what each side saw. */
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { isRecord } from "../core/config/config-value.ts";
import { alignColumns } from "./columns.ts";
import { decryptorName, type LocalSystem } from "./system.ts";

const people = [
  {
    id: 1001,
    fname: "Ada",
    lname: "Lovelace",
    email: "ada@example.com",
    ssn: "078-05-1120",
    dob: "1815-12-10",
    phone: "+44 20 7946 0018",
    city: "London",
    plan: "gold",
    balance: 1250.5,
    active: true,
    notes: ["prefers letters"],
  },
  {
    id: 1002,
    fname: "Zoë",
    lname: "Müller",
    email: "zoe@example.org",
    ssn: "219-09-9999",
    dob: "1990-02-28",
    phone: "+49 30 901820",
    city: "Berlin",
    plan: "basic",
    balance: 0,
    active: false,
    notes: [],
  },
];

const sensitiveNames: readonly string[] = ["fname", "lname", "email", "ssn", "dob", "phone"];

/** The bodies of one exchange, as JSON. */
export interface Exchange {
  /** What the client sent. */
  readonly sent: string;
  /** What the origin stored. */
  readonly stored: string;
  /** What the decryptor made of it. */
  readonly restored: string;
}

/**
 * Sends the sample through CloudFront, reads what the origin stored, and lets the decryptor restore it. Rejects if a
 * part fails.
 */
export async function sendSample({ cloudfrontUrl, originUrl, lambda }: LocalSystem): Promise<Exchange> {
  const sent = JSON.stringify(people);
  const response = await fetch(`${cloudfrontUrl}/people`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: sent,
  });
  const answer: unknown = await response.json();
  const id = isRecord(answer) ? answer["id"] : undefined;
  if (response.status !== 201 || typeof id !== "number")
    throw new Error(`Expected status 201 for the sample request, got ${response.status}.`);
  const request: unknown = await (await fetch(`${originUrl}/requests/${id}`)).json();
  const stored = isRecord(request) ? String(request["body"]) : "";
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({
      FunctionName: decryptorName,
      Payload: JSON.stringify({ body: stored, contentType: "application/json" }),
    }),
  );
  const result: unknown = JSON.parse(Payload?.transformToString() ?? "null");
  if (FunctionError !== undefined || !isRecord(result))
    throw new Error(`The decryptor failed: ${JSON.stringify(result)}`);
  return { sent, stored, restored: String(result["body"]) };
}

/** The mistakes in an exchange: none if the origin saw no sensitive value and the reader saw all of them. */
export function findDifferences({ sent, stored, restored }: Exchange): readonly string[] {
  const differences: string[] = [];
  if (restored !== sent) differences.push("The reader did not get back what the client sent, byte for byte.");
  for (const person of people) {
    for (const [name, value] of Object.entries(person)) {
      const isStored = stored.includes(JSON.stringify(value));
      const isSensitive = sensitiveNames.includes(name);
      if (isStored && isSensitive) differences.push(`The origin stored ${name} in clear.`);
      if (!isStored && !isSensitive) differences.push(`The origin did not store ${name} unchanged.`);
    }
  }
  return differences;
}

/** The first person of the sample as a table: what the client sent, the origin stored, and the reader got back. */
export function formatExchange({ sent, stored, restored }: Exchange): string {
  const columns = [sent, stored, restored].map(readFirstPerson);
  const rows = Object.keys(columns[0] ?? {}).map((name) => [name, ...columns.map((column) => shorten(column[name]))]);
  const heads = ["", "the client sent", "the origin stored", "an authorised reader gets"];
  return alignColumns([heads, ...rows]).join("\n");
}

function readFirstPerson(text: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(text);
  const first: unknown = Array.isArray(parsed) ? parsed[0] : undefined;
  return isRecord(first) ? first : {};
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length <= 40 ? text : `${text.slice(0, 18)}…${text.slice(-10)} (${text.length} characters)`;
}
