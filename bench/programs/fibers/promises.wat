  ;; Fibers made of promises (../../fibers.ts).
  (import "fiber" "new" (func $fiber.new (param $entry i32) (param $argument i32) (result i32)))
  (import "fiber" "free" (func $fiber.free (param $fiber i32)))
  (import "fiber" "done" (func $fiber.done (param $fiber i32) (result i32)))
  (import "fiber" "current" (func $fiber.current (result i32)))
  (import "fiber" "resume" (func $fiber.resume (param $fiber i32) (param $value i32) (result i32)))
  (import "fiber" "suspend" (func $fiber.suspend (param $value i32) (result i32)))
  (import "fiber" "switch" (func $fiber.switch (param $fiber i32) (param $value i32) (result i32)))
