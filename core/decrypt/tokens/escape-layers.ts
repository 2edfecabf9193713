/**
 * Layers of escapes. Each system that a text passes may escape it once more, without knowing of the others: a token is
 * left in escapes within escapes, such as entities within JSON within percent-encoding.
 *
 * A number tells the kinds of escapes in each layer: four bits a layer, the lowest for the outermost layer. The numbers
 * of neighbours combine by `|`; 0 says that nothing is escaped.
 */

/** The kinds of escapes. `json` has those of JavaScript too; `backslash` is one before punctuation, as in Markdown. */
export const escapeKinds = { json: 1, percent: 2, entity: 4, backslash: 8 } as const;

/** The bit of a kind. */
export type EscapeKind = (typeof escapeKinds)[keyof typeof escapeKinds];

const bitsPerLayer = 4;

/** Layers in which tokens are found: enough for a body in a parameter of a URL in a JSON text in a log line. */
export const mostLayers = 5;

/** One kind of escape in one layer; layer 0 is the outermost. */
export function escapeIn(kind: EscapeKind, layer: number): number {
  return kind << (layer * bitsPerLayer);
}

/** Whether layers have a kind of escape in one of them. */
export function hasEscape(layers: number, kind: EscapeKind, layer: number): boolean {
  return (layers & escapeIn(kind, layer)) !== 0;
}

/** The backslashes before punctuation, of all layers: the first and the last character of a marker have the same. */
export function backslashesIn(layers: number): number {
  let bits = 0;
  for (let layer = 0; layer < mostLayers; layer++) bits |= layers & escapeIn(escapeKinds.backslash, layer);
  return bits;
}

/** In how many layers each kind occurs. */
export function countLayers(layers: number): Readonly<Record<"json" | "percent" | "entity", number>> {
  const count = (kind: EscapeKind): number =>
    Array.from({ length: mostLayers + 1 }, (_, layer) => hasEscape(layers, kind, layer)).filter(Boolean).length;
  return { json: count(escapeKinds.json), percent: count(escapeKinds.percent), entity: count(escapeKinds.entity) };
}

/** Layers of JSON within layers of entities; `undefined` where they are more than `mostLayers`. */
export function nestLayers(entities: number, json: number): number | undefined {
  if (entities + json > mostLayers) return undefined;
  let layers = 0;
  for (let layer = 0; layer < entities + json; layer++) {
    layers |= escapeIn(layer < entities ? escapeKinds.entity : escapeKinds.json, layer);
  }
  return layers;
}

/** The layers of a text in markup: markup is one more layer around the others, unless the text shows it already. */
export function layersInMarkup(layers: number): number {
  return hasEscape(layers, escapeKinds.entity, 0) ? layers : (layers << bitsPerLayer) | escapeKinds.entity;
}
