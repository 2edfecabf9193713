/** The JSON Schema of the policy. `npm run reference` makes the published file and the README's reference from it. */

import { checksumNames } from "../core/detectors/checksum-table.ts";
import { confidences } from "../core/detectors/detector.ts";
import { detectors } from "../core/detectors/table.ts";
import {
  cloudFrontMethods,
  corsSettings,
  defaultLimits,
  highestLimits,
  limitSettings,
  policySettings,
  recipientSettings,
  ruleSettings,
} from "../core/policy-check/settings.ts";
import { formats } from "../core/rule/formats.ts";
import { requestParts } from "../core/rule/rule.ts";

/** The part of JSON Schema, draft 2020-12, that the policy's schema uses. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: "object" | "array" | "string" | "boolean" | "integer";
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly anyOf?: readonly JsonSchema[];
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

const text = (description: string, more: Partial<JsonSchema> = {}): JsonSchema => ({
  description,
  type: "string",
  minLength: 1,
  ...more,
});

const choice = (description: string, choices: readonly string[], more: Partial<JsonSchema> = {}): JsonSchema => ({
  description,
  enum: choices,
  ...more,
});

const flag = (description: string): JsonSchema => ({ description, type: "boolean", default: false });

/** A list without repetitions, of at least one item. */
const list = (description: string, items: JsonSchema, more: Partial<JsonSchema> = {}): JsonSchema => ({
  description,
  type: "array",
  minItems: 1,
  uniqueItems: true,
  items,
  ...more,
});

/** An object with these settings and no others. */
const settings = <Name extends string>(
  description: string,
  names: readonly Name[],
  properties: Readonly<Record<Name, JsonSchema>>,
  required: readonly Name[],
): JsonSchema => {
  const ordered: readonly (readonly [string, JsonSchema])[] = names.map((name) => [name, properties[name]]);
  return {
    description,
    type: "object",
    additionalProperties: false,
    required,
    properties: Object.fromEntries(ordered),
  };
};

const ref = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });

const names = (description: string): JsonSchema =>
  list(description, text("The name of a field: `ssn`, `person.ssn`; `*` stands for any characters."));

const required = flag(
  "Whether requests in which the selector finds nothing are refused, so that a renamed field does not slip by.",
);

/** A selector alone, or an object that says more of it. */
const selectors = (description: string, selector: JsonSchema): JsonSchema =>
  list(description, {
    anyOf: [
      selector,
      settings("A selector, and more about it.", ["select", "required"], { select: selector, required }, ["select"]),
    ],
  });

const markerPattern = "^[#~!*][A-Za-z0-9#~!*._-]{2,14}[#~!*]$";
const patternNames = "^[a-z][a-z0-9-]{0,63}$";

const recipient = settings(
  "A KMS key, and the markers around its tokens.",
  recipientSettings,
  {
    id: text("How rules name the recipient: 1 to 32 of `A-Z a-z 0-9 _ -`.", { pattern: "^[A-Za-z0-9_-]{1,32}$" }),
    keyArn: text("The ARN of the KMS key; not an alias.", {
      pattern: "^arn:aws(?:-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$",
    }),
    publicKeyFile: text("The file of the key's public key in PEM (RSA 2048, 3072 or 4096), relative to the policy."),
    prefix: text(
      "What stands before each token: 4 to 16 of `A-Z a-z 0-9 # ~ ! * . _ -`, " +
        "the first and the last of `# ~ ! *`. No marker holds another.",
      {
        pattern: markerPattern,
      },
    ),
    suffix: text("What stands behind each token; as `prefix`.", { pattern: markerPattern }),
  },
  recipientSettings,
);

const detectorName: JsonSchema = {
  description: "The name of a built-in detector, or of one of `patterns`.",
  anyOf: [
    choice(
      "A built-in detector.",
      detectors.map(({ name }) => name),
    ),
    text("One of the policy's own `patterns`.", { pattern: patternNames }),
  ],
};

const detectorUse: JsonSchema = {
  anyOf: [
    ...(detectorName.anyOf ?? []),
    settings(
      "A detector, and which of its matches count.",
      ["detector", "confidence", "allow", "context", "needsContext", "exempt"],
      {
        detector: detectorName,
        confidence: choice("How sure a match must be.", confidences, { default: "low" }),
        allow: list(
          "Values that are let through, such as a test card or `*@example.com`; `*` stands for any characters.",
          text("A value."),
        ),
        context: list(
          "Further words that make a match likelier, in names of fields or near the value.",
          text("A word."),
        ),
        needsContext: flag("Whether only matches with a context word count."),
        exempt: names("Fields that this detector leaves alone."),
      },
      ["detector"],
    ),
  ],
};

const pattern = settings(
  "A detector of the policy's own.",
  ["name", "pattern", "ignoreCase", "checksum", "context", "needsContext"],
  {
    name: text("How `detect` names it: `a-z 0-9 -`, a letter first.", { pattern: patternNames }),
    pattern: text(
      "A regular expression in JavaScript's syntax, without backreferences, " +
        "and with lookaround over one character only: it is matched in linear time.",
    ),
    ignoreCase: flag("Whether `a` and `A` are the same."),
    checksum: choice("What the digits of a match must satisfy.", checksumNames),
    context: list("Words that make a match likelier.", text("A word.")),
    needsContext: flag("Whether only matches with a context word count; it needs `context`."),
  },
  ["name", "pattern"],
);

const bodySelector: JsonSchema = {
  anyOf: [
    text("JSONPath, in the rule's dialect.", { pattern: "^\\$" }),
    settings(
      "A selector, and more about it.",
      ["select", "required", "inside"],
      {
        select: text("The selector: of the kind that its list has.", { pattern: "^\\$" }),
        required,
        inside: list("Selectors for the JSON text that stands in the selected strings.", ref("bodySelector")),
      },
      ["select"],
    ),
  ],
};

const rule = settings(
  "Which requests a rule covers, what it protects in them, and how.",
  ruleSettings,
  {
    name: text("How the log calls the rule; without it, its number from 0."),
    mode: choice("`report` changes nothing, and logs what the rule would have done.", ["enforce", "report"], {
      default: "enforce",
    }),
    path: text(
      "`/a/*/b`: `*` stands for characters of one segment, `{name}` for a segment with a name, " +
        "`**` for any number of segments.",
      {
        pattern: "^/[^%;\\\\?#\\u0000-\\u001f\\u007f]*$",
      },
    ),
    methods: list("Methods in capitals; without it, all.", {
      anyOf: [
        choice("A method that CloudFront takes.", cloudFrontMethods),
        text("Another one that a POST may ask to be treated as.", { pattern: "^[A-Z][A-Z0-9_-]{0,31}$" }),
      ],
    }),
    recipient: text("Whose key encrypts: the `id` of a recipient."),
    token: choice(
      "`direct` (strings that fit one RSA operation; anything else is refused), `sealed` (anything), or `auto`: " +
        "direct where that can be.",
      ["auto", "direct", "sealed"],
      {
        default: "auto",
      },
    ),
    label: text("1 to 64 of `A-Za-z0-9_.-`, written into sealed tokens; all tokens are sealed then.", {
      pattern: "^[A-Za-z0-9_.-]{1,64}$",
    }),
    contentKey: choice(
      "`request`: the sealed tokens of a request share one wrapped key; `field`: each has its own.",
      ["request", "field"],
      { default: "request" },
    ),
    tokens: choice("Whether bodies may bring whole tokens back.", ["refuse", "accept"], { default: "refuse" }),
    dialect: choice(
      "Of `body`: `jsonpath-plus` for expressions with its extensions (`^`, `~`, `@string()`).",
      ["rfc9535", "jsonpath-plus"],
      { default: "rfc9535" },
    ),
    body: list(
      "JSONPath as RFC 9535 has it, for JSON, NDJSON (anew in each line) and JSON parts of forms.",
      ref("bodySelector"),
    ),
    fields: selectors(
      "Names of fields, in every format.",
      text("The name of a field: `ssn`, `person.ssn`; `*` stands for any characters."),
    ),
    xml: selectors(
      "Paths to elements and attributes: `/a/b`, `//b`, `/a//b/@id`, by local names.",
      text("A path.", { pattern: "^/" }),
    ),
    detect: list("Values by their form, anywhere: detectors, and the policy's own `patterns`.", detectorUse),
    detectIn: list("Where detectors look.", choice("A part of a request.", requestParts), { default: ["body"] }),
    exempt: names(
      "Names of fields, and of parts, that detectors leave alone; " +
        "such parts need not be of a format that the rule reads.",
    ),
    query: selectors("Names of parameters in the query string.", text("A name; `*` stands for any characters.")),
    headers: selectors(
      "Names of header fields, `*` anywhere.",
      text("A name, in any case.", { pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }),
    ),
    cookies: selectors("Names of cookies.", text("A name; `*` stands for any characters.")),
    segments: selectors(
      "Names of segments that `path` gives in braces.",
      text("A name.", { pattern: "^[A-Za-z0-9_-]+$" }),
    ),
    format: choice("Reads bodies in this format, whatever their content type says.", formats),
    unreadable: choice(
      "What happens to bodies that cannot be read: `scan` lets detectors look at them as text.",
      ["refuse", "scan", "pass"],
      { default: "refuse" },
    ),
  },
  ["path", "recipient"],
);

const limit = (name: keyof typeof defaultLimits, description: string): JsonSchema => ({
  description,
  type: "integer",
  minimum: 1,
  maximum: highestLimits[name],
  default: defaultLimits[name],
});

/** The schema of a policy, version 1 (JSON Schema, draft 2020-12). */
export const policySchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fieldseal:policy:1",
  title: "Fieldseal policy, version 1",
  ...settings(
    "Which values of which requests are protected at the edge, and for whom.",
    policySettings,
    {
      $schema: text("The path of this schema, for editors."),
      version: { description: "The version of this format: 1.", const: 1 },
      otherwise: choice(
        "What happens to requests that no rule covers: `pass`, or `refuse` (403). There is no default.",
        ["pass", "refuse"],
      ),
      recipients: list("A KMS key each. No two share a key.", ref("recipient")),
      patterns: list("Detectors of the policy's own.", ref("pattern")),
      rules: list("All rules that cover a request apply to it.", ref("rule")),
      limits: settings(
        "Bounds on the work for one request; what is beyond is refused.",
        limitSettings,
        {
          depth: limit("depth", "Nested containers of a body."),
          fields: limit("fields", "Protected values of a request."),
          work: limit("work", "Steps of selectors and detectors."),
          decoded: limit("decoded", "Bytes of a body without its content codings."),
        },
        [],
      ),
      cors: settings(
        "Scripts of other origins.",
        corsSettings,
        {
          origins: list(
            "Web origins whose scripts may read a refusal.",
            text("`https://host` or `https://host:port`.", { pattern: "^[a-z][a-z0-9+.-]*://[^/]+$" }),
          ),
        },
        ["origins"],
      ),
    },
    ["version", "otherwise", "recipients", "rules"],
  ),
  $defs: { recipient, pattern, rule, bodySelector },
};
