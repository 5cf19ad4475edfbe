/** Makes `constructor` throw the same error as a base class of zeromq.js when it is called without `new`. */
export function requireNew<C extends { readonly prototype: object }>(constructor: C): C {
  const demanding = new globalThis.Proxy(constructor, {
    apply() {
      throw new TypeError("Class constructors cannot be invoked without 'new'")
    },
  })
  Object.defineProperty(constructor.prototype, "constructor", { value: demanding })
  return demanding
}
