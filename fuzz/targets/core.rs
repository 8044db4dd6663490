//! The target `core`. Not here: what it tries, which stands in the library.
#![cfg_attr(fuzzing, no_main)]

systole_fuzz::target!(systole_fuzz::core::core);
