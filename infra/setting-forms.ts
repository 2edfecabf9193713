/** Reads settings from CDK's context by the forms that their texts must have. */
import { type ReadSetting, type SettingName, settingOf } from "./context.ts";

/** The form of a setting's text, and how a refusal describes it. */
export interface Form {
  readonly pattern: RegExp;
  readonly needed: string;
}

/** The form of the items of a list, which has commas between them. */
export interface ListForm extends Form {
  /** How a refusal describes one item. */
  readonly item: string;
}

/** Reads one setting at a time. A setting that is missing or malformed is refused as `policy_invalid` at its place. */
export interface FormReader {
  /** The text of a setting that must be set. */
  readonly text: (name: SettingName, form: Form) => string;
  /** The text of a setting; `undefined` where it is not set. */
  readonly optional: (name: SettingName, form: Form) => string | undefined;
  /** One of the choices. The first is the default. */
  readonly choice: <T extends string>(name: SettingName, choices: readonly [T, ...T[]]) => T;
  /** The items of a list with commas between them; none where it is not set. */
  readonly list: (name: SettingName, form: ListForm) => readonly string[];
}

/** Reads settings by their forms. */
export function readForms(read: ReadSetting): FormReader {
  const optional: FormReader["optional"] = (name, { pattern, needed }) => {
    const value = read(name);
    if (value === undefined || (typeof value === "string" && pattern.test(value))) return value;
    throw settingOf(name, value).refuse(`It is malformed; what is needed: ${needed}.`);
  };
  return {
    optional,
    text: (name, form) => {
      const value = optional(name, form);
      if (value !== undefined) return value;
      throw settingOf(name, value).refuse(`It is missing: ${form.needed} (-c ${name}=…).`);
    },
    choice: (name, choices) => {
      const value = read(name);
      return value === undefined ? choices[0] : settingOf(name, value).choice(...choices);
    },
    list: (name, { pattern, needed, item }) => {
      const items = optional(name, { pattern: /^\S+$/, needed })?.split(",") ?? [];
      const wrong = items.find((each) => !pattern.test(each));
      if (wrong !== undefined) throw settingOf(name, items).refuse(`${wrong} is not ${item}.`);
      return items;
    },
  };
}
