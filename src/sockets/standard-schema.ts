/**
 * A schema that implements Standard Schema (https://standardschema.dev), such as those of zod, valibot, and arktype.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Input and output types of a schema. */
export type SchemaInput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["input"]
export type SchemaOutput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["output"]

/** A value does not match its schema. */
export class SchemaError extends Error {
  override readonly name = "SchemaError"

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
