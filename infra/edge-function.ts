/** The edge function and the numbered version of it that distributions use. */
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
  /** The policy in the bundle: synth checks the distributions that run the function against it. */
  readonly policy: CompiledPolicy;
  /** Megabytes of memory; 1,769 without it. */
  readonly memoryMb?: number | undefined;
}

/** Megabytes that give one whole vCPU, on which RSA depends (Lambda Developer Guide, "Configure memory"). */
const oneVcpuMb = 1_769;

/**
 * The edge function, in a stack of us-east-1. It may write its logs and nothing more. Function and version stay when
 * the stack is deleted, since CloudFront keeps replicas for hours (CloudFront Developer Guide, "Delete Lambda\@Edge
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
    // Logs appear in each Region that served a request, under a name that begins with the function's own Region.
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
