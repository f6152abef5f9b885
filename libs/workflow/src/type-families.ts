/** Types that the bytes of a file do not tell apart, or that are names of one format. */
export interface Family {
  /** What detection calls such files. */
  found: ReadonlySet<string>;
  /** What they are honestly declared as. */
  declared: ReadonlySet<string>;
  /** Whether detection knows every file of these declared types. */
  isAlwaysFound: boolean;
}

/** Stands for all of Office Open XML, whose files are ZIP archives, or OLE when encrypted. */
export const OPEN_XML = 'application/vnd.openxmlformats-officedocument';
/** Stands for all of OpenDocument, whose files are ZIP archives. */
export const OPEN_DOCUMENT = 'application/vnd.oasis.opendocument';

const family = (found: string, declared: string, isAlwaysFound = false): Family => ({
  found: words(found),
  declared: words(declared),
  isAlwaysFound,
});
const alike = (found: string, aliases = '') => family(found, `${found} ${aliases}`);
const always = (found: string, aliases = '') => family(found, `${found} ${aliases}`, true);

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter(Boolean));
}

const TIFF = 'image/tiff image/x-canon-cr2 image/x-sony-arw image/x-adobe-dng image/x-nikon-nef';
const RAW = `image/x-canon-cr3 image/x-olympus-orf image/x-panasonic-rw2 image/x-fujifilm-raf
  image/x-canon-cr2 image/x-sony-arw image/x-adobe-dng image/x-nikon-nef`;
const JPEG_2000 = 'image/jp2 image/jpx image/jpm image/mj2 image/j2c';

const PICTURES = [
  always('image/png image/apng', 'image/x-png image/vnd.mozilla.apng'),
  always('image/jpeg', 'image/jpg image/pjpeg image/jfif image/x-jpeg image/x-jpg'),
  always('image/gif', 'image/x-gif'),
  always('image/webp', 'image/x-webp'),
  always('image/bmp', 'image/x-bmp image/ms-bmp image/x-ms-bmp image/x-windows-bmp'),
  family(TIFF, 'image/tiff image/tif image/x-tiff image/x-tif', true),
  always('image/avif', 'image/avif-sequence'),
  family(
    'image/heic image/heic-sequence image/heif image/heif-sequence',
    'image/heic image/heic-sequence image/x-heic',
    true,
  ),
  family(
    'image/heic image/heic-sequence image/heif image/heif-sequence image/avif',
    'image/heif image/heif-sequence image/x-heif',
    true,
  ),
  // Of the files named favicon.ico many are PNG, which every browser takes.
  family(
    'image/x-icon image/png',
    'image/x-icon image/vnd.microsoft.icon image/ico image/icon image/x-ico',
    true,
  ),
  always('image/jxl', 'image/x-jxl'),
  family(JPEG_2000, 'image/jp2 image/jpx image/jpm image/j2c image/x-jp2 image/jpeg2000', true),
  family(JPEG_2000, 'image/mj2 video/mj2'),
  always('image/vnd.adobe.photoshop', 'image/psd image/x-psd image/photoshop image/x-photoshop'),
  always('image/x-xcf'),
  always('image/icns', 'image/x-icns'),
  always('image/flif'),
  always('image/bpg'),
  always('image/vnd.ms-photo', 'image/jxr'),
  // Compressed SVG (.svgz) goes by the same type: SVG 1.1, section 1.2.
  family('image/svg+xml application/gzip', 'image/svg+xml image/svg image/svg-xml', true),
  // Cameras have more raw formats than detection knows, most of them a kind of TIFF.
  family(`${TIFF} ${RAW}`, `${RAW} image/x-dcraw`),
  family('image/jls image/jpeg', 'image/jls'),
  alike('image/ktx'),
  alike('image/vnd.dwg', 'image/x-dwg application/acad application/dwg application/x-dwg'),
];

const DOCUMENTS = [
  family('application/pdf', 'application/pdf application/x-pdf text/pdf text/x-pdf', true),
  // Adobe Illustrator writes PDF, and wrote PostScript.
  family(
    'application/pdf application/postscript application/eps',
    `application/postscript application/eps application/x-eps image/eps image/x-eps
    application/illustrator application/x-illustrator application/vnd.adobe.illustrator`,
  ),
  alike('application/rtf', 'application/x-rtf'),
  // Office opens each of its formats under the names of the others, and Excel its own XML.
  family(
    `application/x-cfb application/vnd.visio application/rtf application/xml ${OPEN_XML}`,
    `application/msword application/vnd.ms-word application/vnd.ms-excel application/excel
    application/x-msexcel application/vnd.ms-powerpoint application/mspowerpoint
    application/vnd.visio application/vnd.ms-project`,
  ),
  family('application/x-cfb', `application/x-cfb application/x-ole-storage ${OPEN_XML}`),
  family('application/x-cfb', 'application/x-msi application/x-ms-installer'),
  family('application/vnd.ms-outlook application/x-cfb', 'application/vnd.ms-outlook'),
  alike('application/x-mobipocket-ebook', 'application/vnd.amazon.ebook'),
  alike('application/x-indesign'),
  alike('application/vnd.ms-htmlhelp'),
  // A DICOM file may be a TIFF too, for readers that know only one of them.
  family(`application/dicom ${TIFF}`, 'application/dicom'),
];

const ZIP = `application/zip application/java-archive application/epub+zip ${OPEN_XML}
  ${OPEN_DOCUMENT} application/vnd.android.package-archive application/x-xpinstall model/3mf
  application/vnd.visio application/vnd.apple.keynote application/vnd.apple.numbers
  application/vnd.apple.pages application/x-google-chrome-extension`;
const ARCHIVES = [
  family(
    ZIP,
    `${ZIP} application/x-zip-compressed application/x-zip application/zip-compressed
    application/x-compressed multipart/x-zip application/x-java-archive application/x-jar
    application/x-chrome-extension application/vnd.google-earth.kmz`,
  ),
  alike(
    'application/gzip',
    `application/x-gzip application/x-gzip-compressed application/x-tgz application/x-compressed-tar
    application/x-compressed application/x-gtar image/svg+xml-compressed`,
  ),
  // Python's mimetypes names what is inside of the compression.
  family(
    `application/x-tar application/gzip application/x-bzip2 application/x-xz application/zstd
    application/x-compress application/lzip`,
    'application/x-tar application/tar application/x-gtar',
  ),
  alike('application/x-bzip2', 'application/x-bzip application/bzip2 application/x-bz2'),
  alike('application/x-xz', 'application/xz'),
  alike('application/zstd', 'application/x-zstd'),
  alike('application/x-7z-compressed', 'application/x-compressed'),
  alike('application/x-rar-compressed', 'application/vnd.rar application/x-rar application/rar'),
  alike('application/x-rar-compressed', 'application/x-compressed'),
  alike('application/vnd.ms-cab-compressed', 'application/x-cab application/cab'),
  alike(
    'application/x-deb application/x-unix-archive',
    'application/vnd.debian.binary-package application/x-debian-package application/x-archive',
  ),
  alike('application/x-rpm', 'application/x-redhat-package-manager'),
  alike('application/x-compress'),
  alike('application/lzip', 'application/x-lzip'),
  alike('application/x-lz4'),
  alike('application/x-lzh-compressed', 'application/x-lzh application/x-lha'),
  alike('application/x-arj'),
  alike('application/x-ace-compressed'),
  alike('application/x-cpio'),
];

const ISO_MEDIA = `video/mp4 audio/mp4 audio/x-m4a video/x-m4v video/quicktime video/3gpp
  video/3gpp2`;
const MPEG_VIDEO = 'video/mpeg video/mp1s video/mp2p video/mp2t';
const MEDIA = [
  alike(
    ISO_MEDIA,
    `application/mp4 audio/m4a audio/x-m4b audio/x-m4p audio/aac audio/aacp audio/x-aac video/m4v
    video/x-mp4 video/x-quicktime video/x-f4v audio/3gpp audio/3gpp2 audio/3gp video/3gp`,
  ),
  alike(
    'audio/mpeg audio/aac',
    `audio/mp3 audio/x-mp3 audio/mpeg3 audio/x-mpeg-3 audio/x-mpeg audio/mpg audio/x-mpg audio/mp2
    audio/mp1 audio/mpa audio/x-mpegaudio audio/aacp audio/x-aac audio/x-hx-aac-adts`,
  ),
  // An ID3 tag with a large picture hides what follows it, which file-type takes for MP3.
  family(
    'audio/mpeg audio/flac audio/ogg application/ogg',
    'audio/flac audio/x-flac audio/x-flac+ogg',
  ),
  family('audio/mpeg audio/ape', 'audio/ape audio/x-ape audio/x-monkeys-audio'),
  family('audio/mpeg audio/x-musepack', 'audio/x-musepack audio/musepack'),
  alike(
    'audio/ogg video/ogg application/ogg',
    `application/x-ogg audio/x-ogg video/x-ogg audio/vorbis audio/x-vorbis audio/x-vorbis+ogg
    audio/opus audio/x-opus+ogg audio/speex audio/x-speex audio/x-speex+ogg video/x-theora+ogg
    video/x-ogm+ogg`,
  ),
  alike(
    'video/webm video/matroska',
    'audio/webm video/x-matroska audio/matroska audio/x-matroska application/x-matroska',
  ),
  alike(
    'video/x-ms-asf audio/x-ms-asf application/vnd.ms-asf',
    'video/x-ms-wmv audio/x-ms-wma video/x-ms-wm video/wmv audio/wma',
  ),
  alike('video/vnd.avi', 'video/avi video/x-msvideo video/msvideo application/x-troff-msvideo'),
  alike('audio/wav', 'audio/wave audio/x-wav audio/vnd.wave audio/x-pn-wav'),
  alike('audio/qcelp', 'audio/vnd.qcelp'),
  alike('audio/aiff', 'audio/x-aiff audio/aifc audio/x-aifc'),
  alike('audio/midi', 'audio/mid audio/x-midi audio/x-mid application/x-midi audio/sp-midi'),
  alike('audio/amr', 'audio/x-amr audio/amr-nb audio/amr-wb'),
  alike('audio/wavpack', 'audio/x-wavpack'),
  alike('audio/x-caf', 'audio/caf'),
  alike('audio/vnd.dolby.dd-raw', 'audio/ac3 audio/x-ac3 audio/eac3'),
  alike('audio/x-dsf', 'audio/dsf'),
  alike('audio/x-dff', 'audio/dff'),
  alike('audio/x-voc'),
  alike('audio/x-it'),
  alike('audio/x-s3m', 'audio/s3m'),
  alike('audio/x-xm', 'audio/xm'),
  // Linux takes the ending .ts of MPEG-TS for translations.
  alike(
    MPEG_VIDEO,
    'video/mpg video/x-mpeg video/x-mpg video/vnd.dlna.mpeg-tts text/vnd.trolltech.linguist',
  ),
  alike('video/x-flv', 'video/flv'),
  alike('application/vnd.rn-realmedia', 'audio/x-pn-realaudio video/vnd.rn-realvideo'),
  alike('application/mxf'),
];

const FONTS = [
  alike(
    'font/ttf font/otf font/collection',
    `font/sfnt application/font-sfnt application/x-font-ttf application/x-font-truetype
    application/x-font-otf application/x-font-opentype application/vnd.ms-opentype`,
  ),
  alike('font/woff', 'application/font-woff application/x-font-woff'),
  alike('font/woff2', 'application/font-woff2 application/x-font-woff2'),
  alike('application/vnd.ms-fontobject', 'font/eot application/x-font-eot'),
];

const PROGRAMS_AND_DATA = [
  // Windows Installer and batch files have the type of programs too.
  family(
    'application/x-msdownload application/x-cfb',
    `application/x-msdownload application/vnd.microsoft.portable-executable application/x-dosexec
    application/x-ms-dos-executable application/x-msdos-program application/x-exe application/exe`,
  ),
  alike('application/x-elf', 'application/x-sharedlib application/x-pie-executable'),
  alike('application/x-mach-binary', 'application/x-mach-o'),
  alike('application/java-vm', 'application/java application/x-java-class'),
  alike('application/wasm'),
  alike('application/x-shockwave-flash', 'application/vnd.adobe.flash.movie'),
  alike('application/x-sqlite3', 'application/vnd.sqlite3 application/x-sqlite'),
  alike('application/vnd.apache.parquet', 'application/x-parquet application/parquet'),
  alike('application/vnd.apache.arrow.file'),
  alike('application/avro', 'avro/binary application/x-avro application/avro-binary'),
  alike('application/vnd.tcpdump.pcap', 'application/x-pcap application/pcap'),
  alike('application/x-iso9660-image', 'application/x-cd-image application/vnd.efi.iso'),
  alike('application/vnd.iccprofile'),
  alike('application/x-ms-shortcut'),
  alike('model/gltf-binary'),
];

/**
 * The types that are told apart by their bytes. What is not here is declared as it likes: formats
 * that nobody detects, and those whose files start in too many ways (Apple disk images, Blender,
 * STL).
 */
export const FAMILIES: readonly Family[] = [
  ...PICTURES,
  ...DOCUMENTS,
  ...ARCHIVES,
  ...MEDIA,
  ...FONTS,
  ...PROGRAMS_AND_DATA,
];
