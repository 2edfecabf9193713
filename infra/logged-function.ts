/** A Lambda function with a role, and a log group of its own that outlives it. */
import { RemovalPolicy } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture, Code, type FunctionProps, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

/** Properties of a function, its role and its log group. */
export interface LoggedFunctionProps extends Pick<FunctionProps, "description" | "memorySize" | "timeout"> {
  readonly functionName: string;
  /** The folder of the bundle: index.js, which exports `handler`. */
  readonly bundleDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The name of the role; CDK makes one without it. */
  readonly roleName?: string;
  /** The name of the role's policy. */
  readonly policyName: string;
  /** What the role may do beside writing the log. */
  readonly statements: readonly PolicyStatement[];
  /** How long logs stay; one year without it. */
  readonly retention?: RetentionDays;
  /** Encrypts the log; CloudWatch Logs must be allowed to use it. */
  readonly logKey?: IKey | undefined;
}

/** A function, and the log group that it writes to. */
export interface LoggedFunction {
  readonly function: LambdaFunction;
  readonly logGroup: LogGroup;
}

/** Adds `Log`, `Role` and `Function` to a construct. The function may write its log, and do what `statements` allow. */
export function addLoggedFunction(scope: Construct, props: LoggedFunctionProps): LoggedFunction {
  const { functionName, bundleDir, environment, roleName, policyName, statements, logKey, ...own } = props;
  const { retention = RetentionDays.ONE_YEAR, ...runtime } = own;
  const logGroup = new LogGroup(scope, "Log", {
    logGroupName: `/aws/lambda/${functionName}`,
    retention,
    // A failed first deployment deletes it, since the second deployment needs its name.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ...(logKey === undefined ? {} : { encryptionKey: logKey }),
  });
  const writeLog = new PolicyStatement({
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [logGroup.logGroupArn],
  });
  const role = new Role(scope, "Role", {
    ...(roleName === undefined ? {} : { roleName }),
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: { [policyName]: new PolicyDocument({ statements: [...statements, writeLog] }) },
  });
  const made = new LambdaFunction(scope, "Function", {
    ...runtime,
    functionName,
    code: Code.fromAsset(bundleDir),
    handler: "index.handler",
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    environment,
    logGroup,
    role,
  });
  return { function: made, logGroup };
}
