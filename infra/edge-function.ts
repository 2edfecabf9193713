/** The edge function, and its numbered version for distributions. */
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { CompositePrincipal, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  CfnFunction,
  CfnVersion,
  Code,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { CompiledPolicy } from "../core/policy/policy.ts";
import { checkDeployment } from "./deployment-check.ts";

/** Properties of an `EdgeFunction`. */
export interface EdgeFunctionProps {
  readonly functionName: string;
  /** The folder of the bundle: index.js, which exports `handler`. */
  readonly bundleDir: string;
  /** The policy in the bundle. Synth checks distributions against it. */
  readonly policy: CompiledPolicy;
  /** Megabytes of memory; 1,769 by default. */
  readonly memoryMb?: number | undefined;
}

/** Megabytes that give one whole vCPU, for RSA (Lambda Developer Guide, "Configure memory"). */
const oneVcpuMb = 1_769;

/**
 * The edge function, for a stack in us-east-1. It may only write its logs. Function and version stay when somebody
 * deletes the stack, since CloudFront keeps replicas for hours (CloudFront Developer Guide, "Delete Lambda\@Edge
 * functions and replicas"). Synth checks it, and the distributions of the app.
 */
export class EdgeFunction extends Construct {
  readonly version: IVersion;

  constructor(
    scope: Construct,
    id: string,
    { functionName, bundleDir, policy, memoryMb = oneVcpuMb }: EdgeFunctionProps,
  ) {
    super(scope, id);
    const { partition, account } = Stack.of(this);
    // Each Region that serves a request has a log group, whose name begins with the function's own Region.
    const logGroups = `arn:${partition}:logs:*:${account}:log-group:/aws/lambda/us-east-1.${functionName}`;
    const role = new Role(this, "Role", {
      assumedBy: new CompositePrincipal(
        new ServicePrincipal("lambda.amazonaws.com"),
        new ServicePrincipal("edgelambda.amazonaws.com"),
      ),
      inlinePolicies: {
        logs: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [logGroups, `${logGroups}:*`],
            }),
          ],
        }),
      },
    });
    const edgeFunction = new LambdaFunction(this, "Function", {
      functionName,
      description: "Fieldseal: protects requests at the origin-request event",
      code: Code.fromAsset(bundleDir),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.X86_64,
      memorySize: memoryMb,
      timeout: Duration.seconds(30),
      role,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    edgeFunction.applyRemovalPolicy(RemovalPolicy.RETAIN);
    // The library's own declarations of the two do not fit each other under exactOptionalPropertyTypes.
    this.version = edgeFunction.currentVersion as IVersion;
    const { defaultChild } = edgeFunction.node;
    const { defaultChild: versionChild } = edgeFunction.currentVersion.node;
    if (!(defaultChild instanceof CfnFunction) || !(versionChild instanceof CfnVersion))
      throw new TypeError("the function has no resource");
    checkDeployment(this, { policy, function: defaultChild, version: versionChild });
  }
}
