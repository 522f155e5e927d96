/**
 * Which store an object of the JS API belongs to. The note is a private field, put on the object itself: it is invisible
 * from outside, lives as long as the object, and needs no table that stores would have to share.
 */

/** A class whose "instances" are objects that are already there. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is the point
    return object;
  }
}

class Mark extends Given {
  readonly #owner: object;

  constructor(object: object, owner: object) {
    super(object);
    this.#owner = owner;
  }

  static ownerOf(object: object): object | undefined {
    return #owner in object ? object.#owner : undefined;
  }
}

/** Notes that `object` belongs to `owner`, unless it has an owner already. */
export function own(object: object, owner: object): void {
  if (Mark.ownerOf(object) === undefined) new Mark(object, owner);
}

/** The store that `object` belongs to; undefined for the host's own objects. */
export function ownerOf(object: object): object | undefined {
  return Mark.ownerOf(object);
}
