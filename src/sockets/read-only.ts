/** Makes assignments to read-only properties of `constructor` throw the same error as zeromq.js. */
export function readOnlyErrors<C extends { readonly prototype: object }>(constructor: C, name: string): C {
  const { prototype } = constructor
  for (const [property, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (descriptor.get === undefined || descriptor.set !== undefined) continue
    Object.defineProperty(prototype, property, {
      ...descriptor,
      set() {
        throw new TypeError(`Cannot set property ${property} of #<${name}> which has only a getter`)
      },
    })
  }
  return constructor
}
