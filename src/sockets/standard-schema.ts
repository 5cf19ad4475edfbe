/**
 * A schema that implements Standard Schema (https://standardschema.dev), such as those of zod, valibot, and arktype.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The members that Standard Schema defines. */
  readonly "~standard": {
    /** Version of the specification. */
    readonly version: 1
    /** Name of the schema library. */
    readonly vendor: string
    /** Validates a value. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** Types of valid input and of the output; they exist only at compile time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** The result of a validation: the output, or the issues. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

/** A reason why a value does not match its schema. */
export interface SchemaIssue {
  /** Description of the issue. */
  readonly message: string
  /** Path to the invalid part of the value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Input type of a schema. */
export type SchemaInput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["input"]
/** Output type of a schema. */
export type SchemaOutput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["output"]

/** A value does not match its schema. */
export class SchemaError extends Error {
  /** Always `"SchemaError"`. */
  override readonly name = "SchemaError"

  /** @param issues The issues that the schema has reported. */
  constructor(readonly issues: readonly SchemaIssue[]) {
    super(issues.map(describe).join("; "))
  }
}

/**
 * Validates `value` and returns the schema's result.
 * @throws SchemaError if the value is invalid; TypeError if the schema validates asynchronously.
 */
export function validate<Output>(schema: StandardSchema<unknown, Output>, value: unknown): Output {
  const result = schema["~standard"].validate(value)
  if ("then" in result) throw new TypeError("Schemas that validate asynchronously are not supported")
  if (result.issues !== undefined) throw new SchemaError(result.issues)
  return result.value
}

function describe({ message, path }: SchemaIssue): string {
  if (path === undefined || path.length === 0) return message
  return `${path.map((step) => String(typeof step === "object" ? step.key : step)).join(".")}: ${message}`
}
