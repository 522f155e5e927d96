/* Compiled with debug information, to test that backtraces have lines. */
__attribute__((noinline)) static int divide(int a, int b) {
  return a / b;
}

__attribute__((noinline)) static int half(int a, int zero) {
  int result = 1;
  result +=
      divide(a, zero);
  return result;
}

__attribute__((export_name("main"))) int run(int zero) { return half(8, zero); }
