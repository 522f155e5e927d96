/** What a resume function returns, and `$resume` in place of a clause's number (`types.wat`, `machine.wat`). */
export const RETURNED = -1;
export const LEFT = -2;
export const LEFT_WITHOUT_FRAME = -3;
