//! The smallest containers around a format, so that fuzzing reaches it without first having to
//! find out about ELF, zlib and zip.

/// A 64-bit ELF program whose only section besides that of the names is this one; the section is
/// a data segment too.
pub(super) fn elf(section: &[u8], bytes: &[u8]) -> Vec<u8> {
    const HEADER: usize = 64;
    const SEGMENT: usize = 56;
    let names = [b"\0.shstrtab\0", section, b"\0"].concat();
    let bytes_at = HEADER + SEGMENT;
    let names_at = bytes_at + bytes.len();
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    for number in [0x1000, HEADER, names_at + names.len()] {
        file.extend(number.to_le_bytes());
    }
    file.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 64, 0, 3, 0, 1, 0]);
    file.extend([1, 0, 0, 0, 6, 0, 0, 0]);
    for number in [bytes_at, 0x1000, 0x1000, bytes.len(), bytes.len(), 16] {
        file.extend(number.to_le_bytes());
    }
    file.extend(bytes);
    file.extend(&names);
    file.extend([0; 64]);
    for (name, at, size) in [(1_u32, names_at, names.len()), (11, bytes_at, bytes.len())] {
        file.extend(name.to_le_bytes());
        file.extend([1, 0, 0, 0]);
        for number in [0, 0, at, size, 0, 0, 0] {
            file.extend(number.to_le_bytes());
        }
    }
    file
}

/// A zlib stream of one stored block, so at most 64 KiB.
pub(super) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let bytes = bytes.get(..usize::from(length)).unwrap_or(bytes);
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    let mut stream = vec![0x78, 1, 1];
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend(bytes);
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

/// A zip archive with these members stored.
pub(super) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let at = file.len();
        let mut common = vec![0; 14];
        common.extend([number(bytes.len()), number(bytes.len()), number(name.len())].concat());
        file.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), bytes].concat());
        let fields = [&b"PK\x01\x02\0\0"[..], &common, &[0; 10], &number(at), name.as_bytes()];
        directory.extend(fields.concat());
    }
    let at = file.len();
    let count = number(members.len() << 16 | members.len());
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count, number(directory.len()), number(at)].concat());
    file.extend([0, 0]);
    file
}
