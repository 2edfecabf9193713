/** The checks at synth together: a right deployment, further distributions, and acknowledgements. */
import { expect, test } from "@jest/globals";
import { Validations } from "aws-cdk-lib";
import { CfnDistribution } from "aws-cdk-lib/aws-cloudfront";

import { check, type Deployment, fine } from "../support/checked-deployment.ts";

test("a right deployment: only what cannot be proved", () => {
  expect(check({})).toMatchObject({ stopped: false, found: fine });
});

test("a second distribution to the same origin", () => {
  const mutate = ({ stack, distribution }: Deployment): void => {
    const { origins } = stack.resolve(distribution.distributionConfig);
    new CfnDistribution(stack, "Second", {
      distributionConfig: {
        enabled: true,
        origins,
        defaultCacheBehavior: { targetOriginId: origins[0].id, viewerProtocolPolicy: "https-only" },
      },
    });
  };
  expect(check({ mutate })).toMatchObject({ stopped: true, found: ["error DistributionUnprotected", ...fine] });
});

test("a private origin needs no acknowledgement, and an acknowledged warning is silent", () => {
  const mutate = ({ distribution }: Deployment): void => {
    distribution.addPropertyOverride("DistributionConfig.Origins.0.VpcOriginConfig", { VpcOriginId: "vo-1" });
    distribution.addPropertyDeletionOverride("DistributionConfig.Origins.0.CustomOriginConfig");
  };
  expect(check({ mutate }).found).toEqual([]);
  expect(
    check({
      mutate: ({ stack }) =>
        Validations.of(stack).acknowledge({ id: "Fieldseal::OriginNotPrivate", reason: "It demands mutual TLS." }),
    }).found,
  ).toEqual([]);
});
