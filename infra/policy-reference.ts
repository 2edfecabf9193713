/** Writes the README's tables of the settings of a policy, from its schema. */
import type { JsonSchema } from "./policy-schema.ts";

/** The mark in the README before the tables. */
export const referenceStart = "<!-- Made of the schema by npm run reference. -->";
/** The mark in the README after the tables. */
export const referenceEnd = "<!-- End of what is made. -->";

/** The README with new tables between the two marks. Throws an Error for a text without the marks. */
export function replaceReference(readme: string, schema: JsonSchema): string {
  const [start, end] = [readme.indexOf(referenceStart), readme.indexOf(referenceEnd)];
  if (start < 0 || end < start)
    throw new Error(`The README must hold ${referenceStart} and, after it, ${referenceEnd}.`);
  return `${readme.slice(0, start + referenceStart.length)}\n\n${writeReference(schema)}\n${readme.slice(end)}`;
}

/** One table for each kind of object, in the order in which the README explains them. */
function writeReference(schema: JsonSchema): string {
  const { recipient, rule, pattern, bodySelector } = schema.$defs ?? {};
  const { limits, cors } = schema.properties ?? {};
  const detector = rule?.properties?.["detect"]?.items;
  const tables: readonly (readonly [string, JsonSchema | undefined])[] = [
    ["Setting", schema],
    ["Setting of a recipient", recipient],
    ["Setting of a rule", rule],
    ["Setting of a selector", findObject(bodySelector)],
    ["Setting of a detector in `detect`", findObject(detector)],
    ["Setting of a pattern", pattern],
    ["Setting of `limits`", limits],
    ["Setting of `cors`", cors],
  ];
  return tables.map(([title, object]) => writeTable(title, object ?? {})).join("\n");
}

/** The form with settings of a value that may have several forms. */
function findObject(schema: JsonSchema | undefined): JsonSchema | undefined {
  return schema?.anyOf?.find(({ properties }) => properties !== undefined);
}

function writeTable(title: string, { properties = {}, required = [] }: JsonSchema): string {
  const rows = Object.entries(properties).map(
    ([name, schema]) =>
      `| \`${name}\`${required.includes(name) ? " *" : ""} | ${describeValue(schema)} | ` +
      `${schema.description ?? ""} |\n`,
  );
  return `| ${title} | Value | Meaning |\n| --- | --- | --- |\n${rows.join("")}`;
}

function describeValue(schema: JsonSchema): string {
  const { default: standard } = schema;
  const isStandard = (choice: unknown): string => (choice === standard ? " (default)" : "");
  if (schema.enum !== undefined) return schema.enum.map((choice) => `\`${choice}\`${isStandard(choice)}`).join(", ");
  if (schema.const !== undefined) return `\`${schema.const}\``;
  switch (schema.type) {
    case "integer":
      return `${format(schema.minimum)} to ${format(schema.maximum)} (default ${format(standard)})`;
    case "boolean":
      return "`true`, `false` (default)";
    case "array":
      return describeList(schema);
    case "object":
      return "object";
    default:
      return "text";
  }
}

function describeList({ items, default: standard }: JsonSchema): string {
  if (items?.enum === undefined) return "list";
  const isStandard = (choice: string): string =>
    Array.isArray(standard) && standard.includes(choice) ? " (default)" : "";
  return `list of ${items.enum.map((choice) => `\`${choice}\`${isStandard(choice)}`).join(", ")}`;
}

function format(number: unknown): string {
  return Number(number).toLocaleString("en-GB");
}
