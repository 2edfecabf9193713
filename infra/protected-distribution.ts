/** A distribution that runs the edge function for every request, with its body. */
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  LambdaEdgeEventType,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import type { IVersion } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

/** Properties of a `ProtectedDistribution`. */
export interface ProtectedDistributionProps {
  readonly version: IVersion;
  readonly originDomain: string;
  /** The domain name for viewers. Without it, they use CloudFront's own, whose certificate allows TLS 1.0. */
  readonly viewerDomain: ViewerDomain | undefined;
}

/** A domain name of your own, and its certificate. */
export interface ViewerDomain {
  readonly domainName: string;
  /** A certificate in us-east-1. */
  readonly certificateArn: string;
}

/** A distribution that runs the function for every request, forwards everything to it, and caches nothing. */
export class ProtectedDistribution extends Construct {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, { version, originDomain, viewerDomain }: ProtectedDistributionProps) {
    super(scope, id);
    this.distribution = new Distribution(this, "Distribution", {
      comment: "Fieldseal",
      httpVersion: HttpVersion.HTTP2_AND_3,
      ...(viewerDomain === undefined
        ? {}
        : {
            domainNames: [viewerDomain.domainName],
            certificate: Certificate.fromCertificateArn(this, "Certificate", viewerDomain.certificateArn),
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
          }),
      defaultBehavior: {
        origin: new HttpOrigin(originDomain, {
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [OriginSslPolicy.TLS_V1_2],
        }),
        allowedMethods: AllowedMethods.ALLOW_ALL,
        // A redirect would come after the viewer sent the body over plain HTTP.
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // The function sees only what CloudFront forwards to the origin.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        edgeLambdas: [{ functionVersion: version, eventType: LambdaEdgeEventType.ORIGIN_REQUEST, includeBody: true }],
      },
    });
  }
}
