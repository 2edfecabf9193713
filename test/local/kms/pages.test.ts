import { expect, test } from "@jest/globals";
import { type Page, parsePage, readPage } from "../../../local/kms/pages.ts";

const names = ["a", "b", "c"];
const list = ({ after, limit }: Page): readonly string[] => names.filter((name) => name > after).slice(0, limit);
const read = (page: Page) => readPage(page, list, (name) => name);

test.each<[limit: number, pages: readonly (readonly string[])[]]>([
  [1, [["a"], ["b"], ["c"]]],
  [2, [["a", "b"], ["c"]]],
  [3, [["a", "b", "c"]]],
  [4, [["a", "b", "c"]]],
])("pages of %i follow one another by their markers", (Limit, pages) => {
  const seen: (readonly string[])[] = [];
  let marker: string | undefined;
  do {
    const { shown, ending } = read(parsePage({ Limit, Marker: marker }, 50));
    seen.push(shown);
    marker = "NextMarker" in ending ? ending.NextMarker : undefined;
    expect(ending.Truncated).toBe(marker !== undefined);
  } while (marker !== undefined);
  expect(seen).toEqual(pages);
});

test("without members, the first page has the default length", () => {
  expect(parsePage({}, 50)).toEqual({ after: "", limit: 50 });
});

test.each<[why: string, input: object, name: string]>([
  ["a marker that no page ended with", { Marker: "not a marker" }, "InvalidMarkerException"],
  ["a limit of 0", { Limit: 0 }, "ValidationException"],
  ["a limit above 1,000", { Limit: 1_001 }, "ValidationException"],
])("%s is refused", (_, input, name) => {
  expect(() => parsePage({ ...input }, 50)).toThrow(expect.objectContaining({ name }));
});
