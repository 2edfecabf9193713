/** The command behind `npm run reference`: writes the file of the policy's schema and its reference in the README. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { replaceReference } from "./policy-reference.ts";
import { policySchema } from "./policy-schema.ts";

const root = resolve(import.meta.dirname, "..");
const readme = resolve(root, "README.md");

writeFileSync(resolve(root, "policy/schema.json"), `${JSON.stringify(policySchema, null, 2)}\n`);
writeFileSync(readme, replaceReference(readFileSync(readme, "utf8"), policySchema));
