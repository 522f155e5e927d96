;; The sieve of Eratosthenes as a chain of generators: one for the numbers from 2 on, and one for each prime, which passes on
;; what its prime does not divide.
;;
;;   run <- filter 7 <- filter 5 <- filter 3 <- filter 2 <- numbers
;;
;; Adds up the first `count` primes. A number that comes to a filter is one round trip.
(module
  (type $start (func))
  (type $generator (cont $start))
  (type $start_filter (func (param $prime i32) (param $from (ref $generator))))
  (type $filter (cont $start_filter))
  (tag $yield (param i32))

  (func $numbers
    (local $n i32)
    (local.set $n (i32.const 2))
    (loop $forever
      (suspend $yield (local.get $n))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br $forever)))

  (func $sift (param $prime i32) (param $from (ref $generator))
    (local $n i32)
    (loop $forever
      (block $yielded (result i32 (ref $generator))
        (resume $generator (on $yield $yielded) (local.get $from))
        (unreachable))
      (local.set $from)
      (local.set $n)
      (if (i32.rem_u (local.get $n) (local.get $prime)) (then (suspend $yield (local.get $n))))
      (br $forever)))
  (elem declare func $numbers $sift)

  (func (export "run") (param $count i32) (result i64)
    (local $prime i32)
    (local $sum i64)
    (local $chain (ref $generator))
    (local.set $chain (cont.new $generator (ref.func $numbers)))
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $sum))))
      (block $yielded (result i32 (ref $generator))
        (resume $generator (on $yield $yielded) (local.get $chain))
        (unreachable))
      (local.set $chain)
      (local.set $prime)
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $prime))))
      (local.set $chain
        (cont.bind $filter $generator (local.get $prime) (local.get $chain) (cont.new $filter (ref.func $sift))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $more))
    (unreachable))
)
