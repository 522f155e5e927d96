import { join } from "node:path";
import { OWN_SUITE, STACKYARD_RUNS, testSuite } from "./suite.ts";

testSuite("own suite", OWN_SUITE, STACKYARD_RUNS);
testSuite("regressions", join(OWN_SUITE, "regressions"), STACKYARD_RUNS);
