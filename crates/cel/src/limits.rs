//! Every limit of the engine, each with its reason.

/// Bytes of one expression. The longest in Kubernetes' own examples is below 4 KiB.
pub const SOURCE_BYTES_MAX: usize = 64 << 10;

/// Levels of nesting of one expression: what bounds recursion in parser and evaluator. cel-spec
/// asks for 12 to 32 of each kind.
pub const DEPTH_MAX: usize = 128;

/// Levels of nesting of values that are compared or printed.
pub const VALUE_DEPTH_MAX: usize = 128;

/// Steps of one evaluation when nobody says otherwise: about a tenth of a second.
pub const STEPS_DEFAULT: u64 = 2_000_000;

/// Bytes of text that count as one step.
pub const BYTES_PER_STEP: u64 = 64;

/// Bytes of text that an expression makes and that count as one step: what bounds its memory.
pub const BYTES_MADE_PER_STEP: u64 = 16;

/// Bytes that a compiled regular expression may take.
pub const REGEX_BYTES_MAX: usize = 1 << 20;

/// Literal patterns of one expression, each of which may take as much.
pub const PATTERNS_MAX: usize = 32;

/// Length of a list that `lists.range` makes.
pub const RANGE_MAX: u64 = 1_000_000;

/// Mistakes in names that [`crate::Program::check`] lists.
pub const MISTAKES_MAX: usize = 32;

/// Unknown attributes that an unknown result names; more are left out.
pub const UNKNOWN_ATTRIBUTES_MAX: usize = 16;
