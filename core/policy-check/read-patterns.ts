/** Reads a policy's own patterns. For builds only. */

import type { ConfigValue } from "../config/config-value.ts";
import { withPlace } from "../config/issue.ts";
import { checksumNames } from "../detectors/checksum-table.ts";
import type { CompiledPattern } from "../detectors/pattern.ts";
import { compilePattern } from "./compile-pattern.ts";

const namePattern = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * Reads the patterns of a policy. `taken` are names that they cannot have. Throws `policy_invalid` with place and
 * reason, also for a pattern that cannot run in linear time.
 */
export function readPatterns(list: ConfigValue | undefined, taken: readonly string[]): readonly CompiledPattern[] {
  const names = new Set(taken);
  return (list?.items(1) ?? []).map((item) => {
    item.allow("name", "pattern", "ignoreCase", "checksum", "context", "needsContext");
    const name = item.member("name");
    if (!namePattern.test(name.text()))
      throw name.refuse("A pattern's name must be 1 to 64 characters of a-z 0-9 -, a letter first.");
    if (names.has(name.text()))
      throw name.refuse(`Another detector has the name ${JSON.stringify(name.text())}. Choose another name.`);
    names.add(name.text());
    const pattern = item.member("pattern");
    const context =
      item
        .optional("context")
        ?.items(1)
        .map((word) => word.text()) ?? [];
    const needsContext = item.optional("needsContext")?.flag() ?? false;
    if (needsContext && context.length === 0)
      throw item.refuse("needsContext needs context words. Add context, or remove needsContext.");
    return {
      name: name.text(),
      program: withPlace(pattern.place, () =>
        compilePattern(pattern.text(), item.optional("ignoreCase")?.flag() ?? false),
      ),
      checksum: item.optional("checksum")?.choice(...checksumNames),
      context,
      needsContext,
    };
  });
}
