/**
 * The loops of overheads.ts. The module is imported once per contestant, under different URLs, so that what an engine learns
 * from calling one of them says nothing about the others.
 */
type Call = (...args: number[]) => unknown;

export function calls0(fn: Call, count: number): void {
  for (let i = 0; i < count; i++) fn();
}

export function calls1(fn: Call, count: number): void {
  for (let i = 0; i < count; i++) fn(i);
}

export function calls2(fn: Call, count: number): void {
  for (let i = 0; i < count; i++) fn(i, i);
}

export function once(fn: Call, count: number): void {
  fn(count);
}

export async function onceAsync(fn: Call, count: number): Promise<void> {
  await fn(count);
}

export async function callsAsync(fn: Call, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await fn(1);
}
