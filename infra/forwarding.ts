/** Reads which parts of a viewer's request CloudFront forwards. The function and the origin see only those. */
import { followReference, listOf, type Members, membersOf, showValue, type Template } from "./deployment.ts";
import { covers, globOf } from "./path-overlap.ts";

/** What a behaviour forwards to the origin. */
export interface Forwarding {
  /**
   * How much of the query string. The function sees it only if CloudFront forwards all of it (CloudFront Developer
   * Guide, "Restrictions on edge functions").
   */
  readonly query: "all" | "some" | "none";
  /** True if CloudFront forwards a header field. The name may hold `*` and `?`. */
  readonly header: (name: string) => boolean;
  /** True if CloudFront forwards a cookie. The name may hold `*` and `?`. */
  readonly cookie: (name: string) => boolean;
}

/** AWS's managed origin request policies (Developer Guide, "Use managed origin request policies"). */
const managed: Readonly<Record<string, Members>> = {
  "216adef6-5c7f-47e4-b989-5492eafa07d3": forwardAll("allViewer"),
  "33f36d7e-f396-46d9-90e0-52428a34d9dc": forwardAll("allViewerAndWhitelistCloudFront"),
  "b689b0a8-53d0-40ab-baf2-68738e2966ac": forwardAll("allExcept", ["Host"]),
  "59781a5b-3903-41f3-afcb-af62929ccde1": forwardHeaders("Origin"),
  "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": forwardHeaders(
    "Origin",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
  ),
  "acba4595-bd28-49b8-b9fe-13317c0390fa": forwardHeaders("User-Agent", "Referer"),
  "bf0718e1-ba1e-49d1-88b1-f726733018ae": forwardHeaders("Host"),
  "775133bc-15f2-49f9-abea-afb2e0bf67d2": {
    ...forwardHeaders(
      "Origin",
      "Access-Control-Request-Headers",
      "Access-Control-Request-Method",
      "User-Agent",
      "X-Forwarded-For",
    ),
    QueryStringsConfig: { QueryStringBehavior: "all" },
  },
};

function forwardAll(HeaderBehavior: string, Headers: readonly string[] = []): Members {
  return {
    HeadersConfig: { HeaderBehavior, Headers },
    CookiesConfig: { CookieBehavior: "all" },
    QueryStringsConfig: { QueryStringBehavior: "all" },
  };
}

function forwardHeaders(...Headers: readonly string[]): Members {
  return { HeadersConfig: { HeaderBehavior: "whitelist", Headers } };
}

/** What a behaviour forwards; `undefined` for a policy that is neither in the templates nor AWS's. */
export function readForwarding(behaviour: Members, template: Template): Forwarding | undefined {
  if (behaviour["ForwardedValues"] !== undefined) return combine([modernise(membersOf(behaviour["ForwardedValues"]))]);
  const id = behaviour["OriginRequestPolicyId"];
  const own = followReference(id, template, "AWS::CloudFront::OriginRequestPolicy");
  const policy =
    own === undefined
      ? id === undefined
        ? {}
        : typeof id === "string"
          ? managed[id]
          : undefined
      : membersOf(own.properties["OriginRequestPolicyConfig"]);
  if (policy === undefined) return undefined;
  const cache = followReference(behaviour["CachePolicyId"], template, "AWS::CloudFront::CachePolicy");
  const parameters = membersOf(
    membersOf(cache?.properties["CachePolicyConfig"])["ParametersInCacheKeyAndForwardedToOrigin"],
  );
  return combine([policy, parameters]);
}

/** Converts the older settings to a policy (API reference, "ForwardedValues"). */
function modernise({
  QueryString: query,
  QueryStringCacheKeys: keys,
  Headers: headers,
  Cookies: cookies,
}: Members): Members {
  const { Forward: forward, WhitelistedNames: names } = membersOf(cookies);
  const isEvery = listOf(headers).includes("*");
  return {
    QueryStringsConfig: {
      QueryStringBehavior: query !== true ? "none" : listOf(keys).length > 0 ? "whitelist" : "all",
    },
    HeadersConfig: { HeaderBehavior: isEvery ? "allViewer" : "whitelist", Headers: headers },
    CookiesConfig: { CookieBehavior: forward, Cookies: names },
  };
}

function combine(policies: readonly Members[]): Forwarding {
  const sources = policies.map((policy) => ({
    query: membersOf(policy["QueryStringsConfig"])["QueryStringBehavior"] ?? "none",
    headers: readNames(membersOf(policy["HeadersConfig"]), "HeaderBehavior", "Headers", (name) => name.toLowerCase()),
    cookies: readNames(membersOf(policy["CookiesConfig"]), "CookieBehavior", "Cookies", (name) => name),
  }));
  const queries = sources.map(({ query }) => query);
  return {
    query: queries.includes("all") ? "all" : queries.every((query) => query === "none") ? "none" : "some",
    header: (name) => sources.some(({ headers }) => headers(name)),
    cookie: (name) => sources.some(({ cookies }) => cookies(name)),
  };
}

/** `fold` gives equal names one spelling: case counts only in names of cookies. */
function readNames(
  config: Members,
  behaviourName: string,
  listName: string,
  fold: (name: string) => string,
): (name: string) => boolean {
  const names = listOf(config[listName]).map((name) => globOf(fold(showValue(name))));
  const lists = (name: string): boolean => names.some((listed) => covers(listed, globOf(fold(name))));
  switch (config[behaviourName]) {
    case "all":
    case "allViewer":
    case "allViewerAndWhitelistCloudFront":
      return () => true;
    case "allExcept":
      return (name) => !lists(name);
    case "whitelist":
      return lists;
    default:
      return () => false;
  }
}
