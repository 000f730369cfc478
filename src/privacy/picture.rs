//! Paints over parts of a picture, so that what stood there cannot come back.

use image::{ImageBuffer, Pixel};

/// A rectangle in pixels; `x` and `y` are its left upper corner, from the picture's left upper corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelRect {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width; 0 is nothing.
    pub width: u32,
    /// Height; 0 is nothing.
    pub height: u32,
}

/// Fills rectangles with black (every channel 0, an alpha channel opaque), in place. Takes `GrayImage` and `RgbImage`
/// alike (H×W×channels, 0–255). What lies outside the picture is left out.
pub fn paint_over<P>(picture: &mut ImageBuffer<P, Vec<u8>>, rects: &[PixelRect])
where
    P: Pixel<Subpixel = u8>,
{
    let (width, height) = picture.dimensions();
    for rect in rects {
        for y in rect.y..rect.y.saturating_add(rect.height).min(height) {
            for x in rect.x..rect.x.saturating_add(rect.width).min(width) {
                picture.get_pixel_mut(x, y).apply_with_alpha(|_| 0, |_| u8::MAX);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, Luma, Rgb, RgbImage};

    #[test]
    fn only_the_rectangle_turns_black() {
        let mut page = GrayImage::from_pixel(10, 8, Luma([200]));
        paint_over(&mut page, &[PixelRect { x: 2, y: 3, width: 4, height: 2 }]);
        let black = page.enumerate_pixels().filter(|p| p.2.0 == [0]).map(|p| (p.0, p.1));
        assert!(black.clone().all(|(x, y)| (2..6).contains(&x) && (3..5).contains(&y)));
        assert_eq!(black.count(), 8);
    }

    #[test]
    fn a_rectangle_over_the_edge_is_cut() {
        let mut page = RgbImage::from_pixel(4, 4, Rgb([9, 9, 9]));
        let over = PixelRect { x: 2, y: 2, width: u32::MAX, height: u32::MAX };
        let outside = PixelRect { x: 50, y: 50, width: 5, height: 5 };
        paint_over(&mut page, &[over, outside]);
        assert_eq!(page.pixels().filter(|p| p.0 == [0, 0, 0]).count(), 4);
    }
}
