/** The JSON Schema of the policy. `npm run reference` writes the published file and the README's tables from it. */
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

/** The keywords of JSON Schema, draft 2020-12, that the policy's schema uses. */
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

/** A list of one or more different items. */
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

const fieldName = text("The name of a field, such as `ssn` or `person.ssn`; `*` matches any characters.");

const required = flag("Refuse requests in which the selector finds nothing, so that a renamed field does not slip by.");

/** A list of selectors, each alone or in an object with settings. */
const selectors = (description: string, selector: JsonSchema): JsonSchema =>
  list(description, {
    anyOf: [
      selector,
      settings("A selector with settings.", ["select", "required"], { select: selector, required }, ["select"]),
    ],
  });

const markerPattern = "^[#~!*][A-Za-z0-9#~!*._-]{2,14}[#~!*]$";
const patternNames = "^[a-z][a-z0-9-]{0,63}$";

const recipient = settings(
  "A KMS key, and the markers around its tokens.",
  recipientSettings,
  {
    id: text("The name of the recipient in rules: 1 to 32 of `A-Z a-z 0-9 _ -`.", { pattern: "^[A-Za-z0-9_-]{1,32}$" }),
    keyArn: text("The ARN of the KMS key, not of an alias.", {
      pattern: "^arn:aws(?:-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$",
    }),
    publicKeyFile: text("The PEM file of the public key (RSA 2048, 3072 or 4096), relative to the policy."),
    prefix: text(
      "The text before each token: 4 to 16 of `A-Z a-z 0-9 # ~ ! * . _ -`, " +
        "the first and the last of `# ~ ! *`. No marker may contain another.",
      {
        pattern: markerPattern,
      },
    ),
    suffix: text("The text after each token, in the form of `prefix`.", { pattern: markerPattern }),
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
      "A detector, and the matches of it that count.",
      ["detector", "confidence", "allow", "context", "needsContext", "exempt"],
      {
        detector: detectorName,
        confidence: choice("The least confidence of a match.", confidences, { default: "low" }),
        allow: list(
          "Values to let through, such as a test card or `*@example.com`; `*` matches any characters.",
          text("A value."),
        ),
        context: list(
          "Further words that make a match likelier, in names of fields or near the value.",
          text("A word."),
        ),
        needsContext: flag("Count only matches with a context word."),
        exempt: list("Names of fields that this detector ignores.", fieldName),
      },
      ["detector"],
    ),
  ],
};

const pattern = settings(
  "A detector of the policy's own.",
  ["name", "pattern", "ignoreCase", "checksum", "context", "needsContext"],
  {
    name: text("Its name in `detect`: 1 to 64 of `a-z 0-9 -`, a letter first.", { pattern: patternNames }),
    pattern: text(
      "A regular expression of JavaScript, without backreferences, " +
        "and with lookaround over one character only: it runs in linear time.",
    ),
    ignoreCase: flag("Match `a` and `A` alike."),
    checksum: choice("The checksum that the digits of a match must pass.", checksumNames),
    context: list("Words that make a match likelier.", text("A word.")),
    needsContext: flag("Count only matches with a context word; needs `context`."),
  },
  ["name", "pattern"],
);

const bodySelector: JsonSchema = {
  anyOf: [
    text("JSONPath, in the rule's dialect.", { pattern: "^\\$" }),
    settings(
      "A selector with settings.",
      ["select", "required", "inside"],
      {
        select: text("The selector, in the form of its list.", { pattern: "^\\$" }),
        required,
        inside: list("Selectors for the JSON text in the selected strings.", ref("bodySelector")),
      },
      ["select"],
    ),
  ],
};

const rule = settings(
  "The requests that a rule covers, the values that it protects, and how.",
  ruleSettings,
  {
    name: text("The name of the rule in the log; without it, its number from 0."),
    mode: choice("`report` changes nothing, and logs what the rule would do.", ["enforce", "report"], {
      default: "enforce",
    }),
    path: text(
      "`/a/*/b`: `*` matches characters of one segment, `{name}` a segment with a name, " +
        "`**` any number of segments.",
      {
        pattern: "^/[^%;\\\\?#\\u0000-\\u001f\\u007f]*$",
      },
    ),
    methods: list("Methods in capitals; without it, all methods.", {
      anyOf: [
        choice("A method that CloudFront accepts.", cloudFrontMethods),
        text("Another method that a POST may override itself with.", { pattern: "^[A-Z][A-Z0-9_-]{0,31}$" }),
      ],
    }),
    recipient: text("The `id` of the recipient whose key encrypts."),
    token: choice(
      "`direct` (only strings that fit one RSA operation, or the request is refused), `sealed` (any value), " +
        "or `auto`: direct if possible.",
      ["auto", "direct", "sealed"],
      {
        default: "auto",
      },
    ),
    label: text("1 to 64 of `A-Za-z0-9_.-`, written into each token. Makes all tokens sealed.", {
      pattern: "^[A-Za-z0-9_.-]{1,64}$",
    }),
    contentKey: choice(
      "`request`: the sealed tokens of a request share one wrapped key; `field`: each has its own.",
      ["request", "field"],
      { default: "request" },
    ),
    tokens: choice("`accept` lets bodies send whole tokens back.", ["refuse", "accept"], { default: "refuse" }),
    dialect: choice(
      "The dialect of `body`: `jsonpath-plus` adds its extensions (`^`, `~`, `@string()`).",
      ["rfc9535", "jsonpath-plus"],
      { default: "rfc9535" },
    ),
    body: list(
      "JSONPath (RFC 9535) for JSON, NDJSON (each line by itself) and JSON parts of forms.",
      ref("bodySelector"),
    ),
    fields: selectors("Names of fields, in every format.", fieldName),
    xml: selectors(
      "Paths to elements and attributes: `/a/b`, `//b`, `/a//b/@id`, by local names.",
      text("A path.", { pattern: "^/" }),
    ),
    detect: list("Finds values by their form, anywhere: detectors, and the policy's own `patterns`.", detectorUse),
    detectIn: list("Where detectors look.", choice("A part of a request.", requestParts), { default: ["body"] }),
    exempt: list("Names of fields and parts that detectors ignore. Such parts may have any format.", fieldName),
    query: selectors("Names of parameters in the query string.", text("A name; `*` matches any characters.")),
    headers: selectors(
      "Names of header fields; `*` matches any characters.",
      text("A name, in any case.", { pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }),
    ),
    cookies: selectors("Names of cookies.", text("A name; `*` matches any characters.")),
    segments: selectors("Names of segments in braces in `path`.", text("A name.", { pattern: "^[A-Za-z0-9_-]+$" })),
    format: choice("Reads bodies in this format, and ignores their content type.", formats),
    unreadable: choice(
      "What happens to bodies that cannot be read. `scan` lets detectors look into them as text.",
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
    "The values that the edge protects, by request, and their recipients.",
    policySettings,
    {
      $schema: text("The path of this schema, for editors."),
      version: { description: "The version of this format: 1.", const: 1 },
      otherwise: choice("What happens to requests that no rule covers: `pass`, or `refuse` (403). Required.", [
        "pass",
        "refuse",
      ]),
      recipients: list("One KMS key each. No two may share a key.", ref("recipient")),
      patterns: list("Detectors of the policy's own.", ref("pattern")),
      rules: list("All rules that cover a request apply to it.", ref("rule")),
      limits: settings(
        "Bounds on the work for one request. A request beyond them is refused.",
        limitSettings,
        {
          depth: limit("depth", "Levels of nesting in a body."),
          fields: limit("fields", "Protected values in a request."),
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
