import type fc from "fast-check"

/** Code under test, and random inputs for it. */
export interface Target {
  readonly name: string
  /** Share of the inputs, relative to the other targets. */
  readonly weight: number
  readonly property: () => fc.IRawProperty<unknown>
}
