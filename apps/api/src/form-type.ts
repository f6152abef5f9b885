/** The media type of a form with a file in it: RFC 7578. */
export const FORM = 'multipart/form-data';
