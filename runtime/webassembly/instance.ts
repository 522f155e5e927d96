/** `WebAssembly.Instance` of a namespace: the host's instance, showing the guest's exports. */
import { host } from "../host.ts";
import { readImports } from "../imports.ts";
import { instantiateLater, instantiateNow } from "../instantiation.ts";
import type { Instantiated } from "../instantiation.ts";
import { derive, isInstance, likeHost } from "../objects/like-host.ts";
import type { Store } from "../store.ts";
import { compileError } from "./module.ts";
import type { Modules } from "./module.ts";

type InstanceClass = typeof WebAssembly.Instance;

const hostExports = Object.getOwnPropertyDescriptor(host.Instance.prototype, "exports")?.get as
  | ((this: WebAssembly.Instance) => WebAssembly.Exports)
  | undefined;

/** Instances of one namespace. */
export class Instances {
  readonly Instance: InstanceClass;
  readonly #exports = new WeakMap<object, WebAssembly.Exports>();
  readonly #store: Store;
  readonly #modules: Modules;

  constructor(store: Store, modules: Modules) {
    this.#store = store;
    this.#modules = modules;
    this.Instance = instanceClass(this);
  }

  exportsOf(instance: object): WebAssembly.Exports | undefined {
    return this.#exports.get(instance);
  }

  /** Makes `new.target`'s instance of a module, at once. */
  instantiateNow(module: unknown, imports: unknown, prototype: object): WebAssembly.Instance {
    const compiled = this.#modules.compiledOf(module);
    try {
      const made =
        compiled === undefined
          ? foreign(new host.Instance(module as WebAssembly.Module, imports as WebAssembly.Imports))
          : instantiateNow(this.#store, compiled, readImports(compiled, imports));
      return this.#present(made, prototype);
    } catch (error) {
      throw compileError(error);
    }
  }

  /** Makes an instance in the background. */
  async instantiateLater(module: unknown, imports: unknown): Promise<WebAssembly.Instance> {
    const compiled = this.#modules.compiledOf(module);
    try {
      const made =
        compiled === undefined
          ? foreign(await host.instantiate(module as WebAssembly.Module, imports as object | undefined))
          : await instantiateLater(this.#store, compiled, readImports(compiled, imports));
      return this.#present(made, this.Instance.prototype);
    } catch (error) {
      throw compileError(error);
    }
  }

  #present({ instance, exports, start }: Instantiated, prototype: object): WebAssembly.Instance {
    start?.();
    Object.setPrototypeOf(instance, prototype);
    this.#exports.set(instance, exports);
    // Hosts that have `exports` as an own property do not ask the prototype's getter.
    const own = Object.getOwnPropertyDescriptor(instance, "exports");
    if (own !== undefined) Object.defineProperty(instance, "exports", { ...own, value: exports });
    return instance;
  }
}

/** An instance of a module that the host's own namespace compiled. */
function foreign(instance: WebAssembly.Instance): Instantiated {
  return { instance, exports: instance.exports };
}

function instanceClass(instances: Instances): InstanceClass {
  class Instance {
    constructor(...args: unknown[]) {
      // The host's object itself becomes the result, which is why this class does not extend the host's in the usual way.
      // biome-ignore lint/correctness/noConstructorReturn: as said
      return instances.instantiateNow(args[0], args[1], new.target.prototype);
    }

    get exports(): WebAssembly.Exports {
      const exports = instances.exportsOf(this);
      if (exports !== undefined) return exports;
      if (hostExports === undefined) throw new TypeError("not a WebAssembly.Instance");
      return Reflect.apply(hostExports, this as unknown as WebAssembly.Instance, []);
    }

    static [Symbol.hasInstance](value: unknown): boolean {
      return isInstance(value, this, Instance, host.Instance);
    }
  }
  return likeHost(derive(Instance, host.Instance), host.Instance);
}
