//! Pictures made larger or smaller with the processor's wide instructions.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::{GrayImage, RgbImage};

/// A grey picture at `w` × `h` pixels, both 1 at least; each pixel is the weighted mean of those it covers.
pub(super) fn gray(picture: &GrayImage, w: u32, h: u32) -> GrayImage {
    let raw = resized(picture.as_raw(), picture.dimensions(), (w, h), PixelType::U8);
    GrayImage::from_raw(w, h, raw).expect("one value per pixel")
}

/// The same in colour.
pub(super) fn rgb(picture: &RgbImage, w: u32, h: u32) -> RgbImage {
    let raw = resized(picture.as_raw(), picture.dimensions(), (w, h), PixelType::U8x3);
    RgbImage::from_raw(w, h, raw).expect("three values per pixel")
}

fn resized(raw: &[u8], from: (u32, u32), to: (u32, u32), kind: PixelType) -> Vec<u8> {
    let source = ImageRef::new(from.0, from.1, raw, kind).expect("as many values as the picture has");
    let mut out = Image::new(to.0, to.1, kind);
    let bilinear = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize(&source, &mut out, &bilinear).expect("both have the same kind of pixels");
    out.into_vec()
}

#[cfg(test)]
mod tests {
    use super::{gray, rgb};
    use image::{GrayImage, Luma, Rgb, RgbImage};

    #[test]
    fn a_half_is_the_mean_of_what_it_covers() {
        let stripes = GrayImage::from_fn(400, 300, |x, _| Luma([if x % 4 < 2 { 0 } else { 200 }]));
        let small = gray(&stripes, 100, 75);
        assert!(small.iter().all(|p| p.abs_diff(100) < 30), "{:?}", small.get_pixel(50, 30));
        assert_eq!(gray(&stripes, 400, 300), stripes);
    }

    #[test]
    fn colours_stay_apart() {
        let red = RgbImage::from_pixel(30, 20, Rgb([220, 10, 30]));
        assert_eq!(rgb(&red, 61, 17), RgbImage::from_pixel(61, 17, Rgb([220, 10, 30])));
    }
}
