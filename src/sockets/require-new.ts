/** `constructor` as zeromq.js has its base classes: called without `new` they complain in words of their own. */
export function requireNew<C extends { readonly prototype: object }>(constructor: C): C {
  const demanding = new globalThis.Proxy(constructor, {
    apply() {
      throw new TypeError("Class constructors cannot be invoked without 'new'")
    },
  })
  Object.defineProperty(constructor.prototype, "constructor", { value: demanding })
  return demanding
}
