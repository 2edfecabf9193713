/** Distributions that let requests past the function, or are doubtful: each by a change of a right one. */
import { expect, test } from "@jest/globals";
import { Tags } from "aws-cdk-lib";
import { CfnCachePolicy, OriginRequestCookieBehavior, OriginRequestPolicy } from "aws-cdk-lib/aws-cloudfront";
import { CfnAlias } from "aws-cdk-lib/aws-lambda";

import { type Case, check, type Deployment, fine, policyWith } from "../support/checked-deployment.ts";

const onBehaviour = (path: string, value: unknown): Case => ({
  mutate: ({ distribution }) =>
    distribution.addPropertyOverride(`DistributionConfig.DefaultCacheBehavior.${path}`, value),
});

const onDistribution = (path: string, value: unknown): Case => ({
  mutate: ({ distribution }) => distribution.addPropertyOverride(`DistributionConfig.${path}`, value),
});

const behaviour = (changes: object): object => ({
  TargetOriginId: "other",
  ViewerProtocolPolicy: "https-only",
  CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
  ...changes,
});

const narrow = "59781a5b-3903-41f3-afcb-af62929ccde1";

const narrowly = (rule: object): Case => ({
  ...onBehaviour("OriginRequestPolicyId", narrow),
  policy: policyWith(rule),
});

const associate = ({ distribution }: Deployment, arn: string): void =>
  distribution.addPropertyOverride(
    "DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations.0.LambdaFunctionARN",
    arn,
  );

const cacheBy = ({ stack, distribution }: Deployment, maxTtl: number): void => {
  const parametersInCacheKeyAndForwardedToOrigin = {
    cookiesConfig: { cookieBehavior: "none" },
    headersConfig: { headerBehavior: "none" },
    queryStringsConfig: { queryStringBehavior: "none" },
    enableAcceptEncodingGzip: false,
  };
  const { ref } = new CfnCachePolicy(stack, "Cache", {
    cachePolicyConfig: { name: "own", minTtl: 0, defaultTtl: 0, maxTtl, parametersInCacheKeyAndForwardedToOrigin },
  });
  distribution.addPropertyOverride("DistributionConfig.DefaultCacheBehavior.CachePolicyId", ref);
};

const forwardBy = ({ stack, distribution }: Deployment, { cookies }: { readonly cookies: readonly string[] }): void => {
  const policy = new OriginRequestPolicy(stack, "Forwarding", {
    cookieBehavior: OriginRequestCookieBehavior.allowList(...cookies),
  });
  distribution.addPropertyOverride(
    "DistributionConfig.DefaultCacheBehavior.OriginRequestPolicyId",
    policy.originRequestPolicyId,
  );
};

const old = (ForwardedValues: object, ttls: object = {}): Case => ({
  mutate: ({ distribution }) => {
    for (const name of ["CachePolicyId", "OriginRequestPolicyId"])
      distribution.addPropertyDeletionOverride(`DistributionConfig.DefaultCacheBehavior.${name}`);
    for (const [name, value] of Object.entries({ ForwardedValues, ...ttls }))
      distribution.addPropertyOverride(`DistributionConfig.DefaultCacheBehavior.${name}`, value);
  },
});

const inGroup = (path: string, value: unknown): Case => ({
  mutate: ({ stack, distribution }) => {
    const { origins } = stack.resolve(distribution.distributionConfig);
    const Members = { Quantity: 2, Items: [{ OriginId: origins[0].id }, { OriginId: "spare" }] };
    distribution.addPropertyOverride("DistributionConfig.OriginGroups", {
      Quantity: 1,
      Items: [{ Id: "group", Members, FailoverCriteria: { StatusCodes: { Quantity: 1, Items: [500] } } }],
    });
    distribution.addPropertyOverride("DistributionConfig.DefaultCacheBehavior.TargetOriginId", "group");
    distribution.addPropertyOverride(`DistributionConfig.${path}`, value);
  },
});

const withMore = (...changes: readonly object[]): Case => ({
  mutate: ({ stack, distribution }) => {
    const { defaultCacheBehavior } = stack.resolve(distribution.distributionConfig);
    distribution.addPropertyOverride(
      "DistributionConfig.CacheBehaviors",
      changes.map((members) => ({ ...capitalise(defaultCacheBehavior), ...members })),
    );
  },
});

function capitalise(members: object): object {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name.replace(/^./, (letter) => letter.toUpperCase()).replace("FunctionArn", "FunctionARN"),
      name === "lambdaFunctionAssociations" ? value.map(capitalise) : value,
    ]),
  );
}

const privately = (changes: Readonly<Record<string, unknown>>): Case => ({
  mutate: ({ distribution }) => {
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) distribution.addPropertyDeletionOverride(`DistributionConfig.Origins.0.${name}`);
      else distribution.addPropertyOverride(`DistributionConfig.Origins.0.${name}`, value);
    }
  },
});

test.each<[string, string, Case]>([
  ["gRPC as a text", "BehaviourGrpc", onBehaviour("GrpcConfig", { Enabled: "true" })],
  [
    "no body unless a condition holds",
    "BehaviourBody",
    onBehaviour("LambdaFunctionAssociations.0.IncludeBody", { "Fn::If": ["WithBody", true, false] }),
  ],
  ["GET and HEAD alone", "BehaviourMethods", onBehaviour("AllowedMethods", ["GET", "HEAD"])],
  ["no trigger", "DistributionUnprotected", onBehaviour("LambdaFunctionAssociations", [])],
  ["the viewer's event", "BehaviourEvent", onBehaviour("LambdaFunctionAssociations.0.EventType", "viewer-request")],
  ["no body", "BehaviourBody", onBehaviour("LambdaFunctionAssociations.0.IncludeBody", false)],
  [
    "$LATEST",
    "BehaviourVersion",
    onBehaviour(
      "LambdaFunctionAssociations.0.LambdaFunctionARN",
      "arn:aws:lambda:us-east-1:111122223333:function:edge:$LATEST",
    ),
  ],
  [
    "an alias",
    "BehaviourVersion",
    onBehaviour(
      "LambdaFunctionAssociations.0.LambdaFunctionARN",
      "arn:aws:lambda:us-east-1:111122223333:function:edge:live",
    ),
  ],
  [
    "an alias of the app",
    "BehaviourVersion",
    {
      mutate: (given) =>
        associate(
          given,
          new CfnAlias(given.stack, "Live", { functionName: given.fn.ref, functionVersion: "1", name: "live" }).ref,
        ),
    },
  ],
  ["the function itself", "BehaviourVersion", { mutate: (given) => associate(given, given.fn.attrArn) }],
  ["$LATEST put together", "BehaviourVersion", { mutate: (given) => associate(given, `${given.fn.attrArn}:$LATEST`) }],
  ["an alias put together", "BehaviourVersion", { mutate: (given) => associate(given, `${given.fn.attrArn}:live`) }],
  ["the viewer's response", "BehaviourEvent", onBehaviour("LambdaFunctionAssociations.0.EventType", "viewer-response")],
  ["the origin's response", "BehaviourEvent", onBehaviour("LambdaFunctionAssociations.0.EventType", "origin-response")],
  [
    "a body that nobody asked for",
    "BehaviourBody",
    {
      mutate: ({ distribution }) =>
        distribution.addPropertyDeletionOverride(
          "DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations.0.IncludeBody",
        ),
    },
  ],
  [
    "a function whose name begins alike",
    "DistributionUnprotected",
    onBehaviour(
      "LambdaFunctionAssociations.0.LambdaFunctionARN",
      "arn:aws:lambda:us-east-1:111122223333:function:edge-2:1",
    ),
  ],
  ["GET, HEAD and OPTIONS", "BehaviourMethods", onBehaviour("AllowedMethods", ["GET", "HEAD", "OPTIONS"])],
  [
    "caching by the old settings",
    "BehaviourCaching",
    old({ QueryString: true, Headers: ["*"], Cookies: { Forward: "all" } }),
  ],
  [
    "caching as the origin says",
    "BehaviourCaching",
    onBehaviour("CachePolicyId", "83da9c7e-98b4-4e11-a168-04f0df8e2c65"),
  ],
  ["a cache policy of one second", "BehaviourCaching", { mutate: (given) => cacheBy(given, 1) }],
  [
    "an origin in clear within a group",
    "OriginProtocol",
    inGroup("Origins.0.CustomOriginConfig.OriginProtocolPolicy", "http-only"),
  ],
  [
    "one that bypasses without a slash",
    "BehaviourBypass",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "people/*" })]),
  ],
  [
    "one that bypasses by a single character",
    "BehaviourBypass",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/peopl?/*" })]),
  ],
  [
    "one that bypasses everything",
    "BehaviourBypass",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "*" })]),
  ],
  [
    "a query of the old settings that is not forwarded",
    "BehaviourForwarding",
    { ...old({ QueryString: false }, { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 }), policy: policyWith({ query: ["ssn"] }) },
  ],
  [
    "a query that is forwarded in part",
    "BehaviourForwarding",
    {
      ...old({ QueryString: true, QueryStringCacheKeys: ["ssn"] }, { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 }),
      policy: policyWith({ query: ["ssn"] }),
    },
  ],
  [
    "a header field that the old settings leave out",
    "BehaviourForwarding",
    {
      ...old({ QueryString: true, Headers: ["Origin"] }, { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 }),
      policy: policyWith({ headers: ["x-ssn"] }),
    },
  ],
  [
    "a cookie that the old settings leave out",
    "BehaviourForwarding",
    {
      ...old(
        { QueryString: true, Cookies: { Forward: "whitelist", WhitelistedNames: ["other"] } },
        { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 },
      ),
      policy: policyWith({ cookies: ["ssn"] }),
    },
  ],
  [
    "a cookie in other capitals",
    "BehaviourForwarding",
    { mutate: (given) => forwardBy(given, { cookies: ["SSN"] }), policy: policyWith({ cookies: ["ssn"] }) },
  ],
  ["a detector over header fields", "BehaviourForwarding", narrowly({ detect: ["card"], detectIn: ["headers"] })],
  ["a detector over the query", "BehaviourForwarding", narrowly({ detect: ["card"], detectIn: ["query"] })],
  ["a detector over cookies", "BehaviourForwarding", narrowly({ detect: ["card"], detectIn: ["cookies"] })],
  [
    "CORS-S3Origin",
    "BehaviourForwarding",
    {
      ...onBehaviour("OriginRequestPolicyId", "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"),
      policy: policyWith({ query: ["ssn"] }),
    },
  ],
  [
    "MediaTailor's policy",
    "BehaviourForwarding",
    {
      ...onBehaviour("OriginRequestPolicyId", "775133bc-15f2-49f9-abea-afb2e0bf67d2"),
      policy: policyWith({ cookies: ["ssn"] }),
    },
  ],
  [
    "no origin request policy",
    "BehaviourForwarding",
    {
      mutate: ({ distribution }) =>
        distribution.addPropertyDeletionOverride("DistributionConfig.DefaultCacheBehavior.OriginRequestPolicyId"),
      policy: policyWith({ query: ["ssn"] }),
    },
  ],
  ["HTTP allowed", "BehaviourProtocol", onBehaviour("ViewerProtocolPolicy", "allow-all")],
  ["a redirect to HTTPS", "BehaviourProtocol", onBehaviour("ViewerProtocolPolicy", "redirect-to-https")],
  ["gRPC", "BehaviourGrpc", onBehaviour("GrpcConfig", { Enabled: true })],
  ["caching", "BehaviourCaching", onBehaviour("CachePolicyId", "658327ea-f89d-4fab-a63d-7e88639e58f6")],
  ["old TLS", "MinimumTls", onDistribution("ViewerCertificate.MinimumProtocolVersion", "TLSv1.1_2016")],
  [
    "an origin in clear",
    "OriginProtocol",
    onDistribution("Origins.0.CustomOriginConfig.OriginProtocolPolicy", "match-viewer"),
  ],
  [
    "a behaviour that bypasses",
    "BehaviourBypass",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/people/new*" })]),
  ],
  [
    "one that bypasses by a wildcard",
    "BehaviourBypass",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "*.json" })]),
  ],
  [
    "any behaviour beside a policy that refuses the rest",
    "BehaviourBypass",
    {
      ...onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/static/*" })]),
      policy: policyWith({}, { otherwise: "refuse" }),
    },
  ],
  ["a query that is not forwarded", "BehaviourForwarding", narrowly({ query: ["ssn"] })],
  ["a header field that is not forwarded", "BehaviourForwarding", narrowly({ headers: ["x-ssn"] })],
  ["a cookie that is not forwarded", "BehaviourForwarding", narrowly({ cookies: ["ssn"] })],
])("%s stops synth: %s", (_, rule, wrong) => {
  const { stopped, found, violations } = check(wrong);
  expect(found).toContain(`error ${rule}`);
  expect(found.filter((each) => each.startsWith("error"))).toEqual([`error ${rule}`]);
  expect(stopped).toBe(true);
  const fix = violations.find(({ ruleName }) => ruleName === rule);
  expect(JSON.stringify(fix)).toMatch(/[Ff]ix/);
});

test.each<[string, string, Case]>([
  [
    "a cache policy that nobody can read",
    "BehaviourCaching",
    onBehaviour("CachePolicyId", { "Fn::ImportValue": "policy" }),
  ],
  [
    "CloudFront's certificate",
    "MinimumTls",
    onDistribution("ViewerCertificate", { CloudFrontDefaultCertificate: true, AcmCertificateArn: undefined }),
  ],
  [
    "a behaviour elsewhere on the origin",
    "BehaviourSameOrigin",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/static/*" })]),
  ],
  [
    "a policy that nobody can read",
    "BehaviourForwarding",
    onBehaviour("OriginRequestPolicyId", "00000000-0000-4000-8000-000000000009"),
  ],
])("%s warns: %s", (_, rule, wrong) => {
  const { stopped, found } = check({
    ...wrong,
    mutate: (deployment) => {
      wrong.mutate?.(deployment);
      if (rule === "MinimumTls")
        deployment.distribution.addPropertyDeletionOverride("DistributionConfig.ViewerCertificate.AcmCertificateArn");
      if (rule !== "BehaviourSameOrigin") return;
      deployment.distribution.addPropertyOverride("DistributionConfig.Origins.0.Id", "other");
      deployment.distribution.addPropertyOverride("DistributionConfig.DefaultCacheBehavior.TargetOriginId", "other");
    },
  });
  expect(found).toContain(`warning ${rule}`);
  expect(stopped).toBe(false);
});

test.each<[string, Case]>([
  [
    "AllViewer",
    {
      ...onBehaviour("OriginRequestPolicyId", "216adef6-5c7f-47e4-b989-5492eafa07d3"),
      policy: policyWith({ query: ["ssn"], headers: ["x-ssn"], cookies: ["ssn"] }),
    },
  ],
  [
    "AllViewerAndCloudFrontHeaders",
    {
      ...onBehaviour("OriginRequestPolicyId", "33f36d7e-f396-46d9-90e0-52428a34d9dc"),
      policy: policyWith({ query: ["ssn"], headers: ["x-*"], cookies: ["ssn"] }),
    },
  ],
  [
    "AllViewerExceptHostHeader",
    {
      policy: policyWith({
        query: ["ssn"],
        headers: ["x-*"],
        cookies: ["*"],
        detect: ["card"],
        detectIn: ["body", "query", "headers", "cookies"],
      }),
    },
  ],
  [
    "the old settings, all of them and no caching",
    {
      ...old(
        { QueryString: true, Headers: ["*"], Cookies: { Forward: "all" } },
        { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 },
      ),
      policy: policyWith({ query: ["ssn"], headers: ["x-ssn"], cookies: ["ssn"] }),
    },
  ],
  [
    "the old settings, by name",
    {
      ...old(
        { QueryString: true, Headers: ["X-SSN"], Cookies: { Forward: "whitelist", WhitelistedNames: ["s*"] } },
        { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 },
      ),
      policy: policyWith({ headers: ["x-ssn"], cookies: ["ssn"] }),
    },
  ],
  ["a cache policy of one's own that keeps nothing", { mutate: (given) => cacheBy(given, 0) }],
  [
    "a cookie by name",
    { mutate: (given) => forwardBy(given, { cookies: ["ssn"] }), policy: policyWith({ cookies: ["ssn"] }) },
  ],
  [
    "a rule for GET alone",
    {
      ...onBehaviour("AllowedMethods", ["GET", "HEAD"]),
      policy: policyWith({ methods: ["GET"], fields: undefined, query: ["ssn"] }),
    },
  ],
  ["GET alone where no rule reaches", withMore({ PathPattern: "/static/*", AllowedMethods: ["GET", "HEAD"] })],
  [
    "caching where no rule reaches",
    withMore({ PathPattern: "/static/*", CachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6" }),
  ],
  ["TLS 1.3", onDistribution("ViewerCertificate.MinimumProtocolVersion", "TLSv1.3_2025")],
  ["a body that is asked for by a text", onBehaviour("LambdaFunctionAssociations.0.IncludeBody", "true")],
  ["tags", { mutate: ({ stack }) => Tags.of(stack).add("team", "security") }],
])("no false alarm: %s", (_, right) => {
  expect(check(right)).toMatchObject({ stopped: false, found: fine });
});

test("many behaviours, each of which runs the function, have nothing to tell", () => {
  const patterns = [
    "/people/*",
    "/people/*/cards",
    "*.json",
    "/a?c/*",
    "images/*",
    "/v1/*",
    "/v2/*",
    "/v3/*",
    "/graphql",
    "/*/x",
  ];
  expect(check(withMore(...patterns.map((PathPattern) => ({ PathPattern }))))).toMatchObject({
    stopped: false,
    found: fine,
  });
});

test.each<[string, string, Case]>([
  [
    "an S3 bucket with origin access control",
    "private",
    privately({
      S3OriginConfig: { OriginAccessIdentity: "" },
      OriginAccessControlId: "oac-1",
      CustomOriginConfig: undefined,
    }),
  ],
  [
    "an S3 bucket with an origin access identity",
    "private",
    privately({
      S3OriginConfig: { OriginAccessIdentity: "origin-access-identity/cloudfront/E1" },
      CustomOriginConfig: undefined,
    }),
  ],
  ["a function URL with origin access control", "private", privately({ OriginAccessControlId: "oac-1" })],
  ["a VPC origin", "private", privately({ VpcOriginConfig: { VpcOriginId: "vo-1" }, CustomOriginConfig: undefined })],
  [
    "an S3 bucket of everybody",
    "open",
    privately({ S3OriginConfig: { OriginAccessIdentity: "" }, CustomOriginConfig: undefined }),
  ],
  ["a secret header field", "open", privately({ OriginCustomHeaders: [{ HeaderName: "x-secret", HeaderValue: "a" }] })],
])("%s is %s", (_, expected, given) => {
  expect(check(given).found).toEqual(expected === "private" ? [] : fine);
});

test("every origin of a group is looked at", () => {
  const { found } = check(
    inGroup("Origins.1", {
      Id: "spare",
      DomainName: "spare.example.com",
      CustomOriginConfig: { OriginProtocolPolicy: "http-only" },
    }),
  );
  expect(found).toEqual(["error OriginProtocol", ...fine, ...fine]);
});

test("a header field that the origin request policy names is forwarded", () => {
  expect(check(narrowly({ headers: ["origin"] })).found).toEqual(fine);
});
