import type fc from "fast-check"

/** Something that is tried with inputs made up by chance. */
export interface Target {
  readonly name: string
  /** How many inputs of a run it gets, compared with the others. */
  readonly weight: number
  readonly property: () => fc.IRawProperty<unknown>
}
