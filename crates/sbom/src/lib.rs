//! Software bills of materials, read and written
