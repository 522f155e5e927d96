import { OWN_SUITE, STACKYARD_RUNS, testSuite } from "./suite.ts";

testSuite("own suite", OWN_SUITE, STACKYARD_RUNS);
