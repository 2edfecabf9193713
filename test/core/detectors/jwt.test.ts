import { jwt } from "../../../core/detectors/jwt.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(jwt, [
  [
    "RFC 7519",
    "«eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk»",
  ],
  ["unsecured", "Bearer «eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.»"],
  ["encrypted", "«eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.dGV4dA.dGFn»"],
  ["no alg", "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiIxIn0.c2ln"],
  ["one part", "eyJhbGciOiJub25lIn0"],
]);
