//! Running a model: one trait, two engines. Both give the same text (tested); ONNX Runtime is about twice as fast.

use super::{
    OcrError,
    native::{NativeParts, ONNXRUNTIME, Part, Runtime},
};
use ort::{environment::Environment, session::Session, value::Tensor as OrtTensor};
use rten::{RunOptions, ThreadPool};
use rten_tensor::{AsView, Layout, NdTensor, Tensor};
use std::sync::Arc;

/// Numbers out of a model: their shape, and the values row by row.
pub(super) struct Output {
    /// E.g. `[1, steps, classes]`.
    pub shape: Vec<usize>,
    /// As many as the shape says.
    pub values: Vec<f32>,
}

/// A model with one picture in (`[1, 3, h, w]`) and one tensor out.
pub(super) trait Model {
    /// Runs it on `input`, which has `3 * h * w` values, plane by plane.
    fn run(&mut self, input: Vec<f32>, h: usize, w: usize) -> Result<Output, OcrError>;
}

/// Which engine, decided once per process.
pub(super) enum Engine {
    /// ONNX Runtime.
    Ort(Environment),
    /// Built in; the threads it may use.
    Rten(Arc<ThreadPool>),
}

impl Engine {
    /// The engine that the settings and the machine allow.
    pub(super) fn choose(native: &NativeParts) -> Result<Self, OcrError> {
        match native.runtime {
            Runtime::Rten => Ok(Self::rten()),
            Runtime::Auto if native.find(&ONNXRUNTIME).is_err() => Ok(Self::rten()),
            Runtime::Auto | Runtime::Ort => Self::ort(native),
        }
    }

    fn rten() -> Self {
        Self::Rten(Arc::new(ThreadPool::with_num_threads(1)))
    }

    fn ort(native: &NativeParts) -> Result<Self, OcrError> {
        let (path, _) = native.load(&ONNXRUNTIME)?;
        let broken = |why: String| OcrError::NativeBroken { part: path.display().to_string(), why };
        let environment = ort::init_from(&path).map_err(|e| broken(e.to_string()))?;
        let environment = environment.with_telemetry(false).build().map_err(|e| broken(e.to_string()))?;
        Ok(Self::Ort(environment))
    }

    /// Loads a model from its file's bytes.
    pub(super) fn load(&self, part: &Part, bytes: Vec<u8>) -> Result<Box<dyn Model>, OcrError> {
        let broken = |why: String| OcrError::NativeBroken { part: part.name.to_owned(), why };
        Ok(match self {
            Self::Ort(environment) => {
                let session = ort_session(environment, &bytes).map_err(|e| broken(e.to_string()))?;
                Box::new(OrtModel(session))
            }
            Self::Rten(pool) => {
                let model = rten::Model::load(bytes).map_err(|e| broken(e.to_string()))?;
                Box::new(RtenModel { model, pool: Arc::clone(pool) })
            }
        })
    }
}

/// One thread: the pool runs as many readers as there are cores.
fn ort_session(environment: &Environment, bytes: &[u8]) -> ort::Result<Session> {
    let builder = Session::builder(environment)?;
    let mut builder = builder.with_intra_threads(1)?;
    builder.commit_from_memory(bytes)
}

struct OrtModel(Session);

impl Model for OrtModel {
    fn run(&mut self, input: Vec<f32>, h: usize, w: usize) -> Result<Output, OcrError> {
        let broken =
            |e: ort::Error| OcrError::NativeBroken { part: ONNXRUNTIME.name.to_owned(), why: e.to_string() };
        let tensor = OrtTensor::from_array(([1, 3, h, w], input)).map_err(broken)?;
        let outputs = self.0.run(ort::inputs![tensor]).map_err(broken)?;
        let (shape, values) = outputs[0].try_extract_tensor::<f32>().map_err(broken)?;
        Ok(Output { shape: shape.iter().map(|n| *n as usize).collect(), values: values.to_vec() })
    }
}

struct RtenModel {
    model: rten::Model,
    pool: Arc<ThreadPool>,
}

impl Model for RtenModel {
    fn run(&mut self, input: Vec<f32>, h: usize, w: usize) -> Result<Output, OcrError> {
        let broken = |why: String| OcrError::NativeBroken { part: "rten".to_owned(), why };
        let input = NdTensor::from_data([1, 3, h, w], input);
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let output = self.model.run_one(input.into(), Some(options)).map_err(|e| broken(e.to_string()))?;
        let output: Tensor<f32> =
            output.try_into().map_err(|_| broken("the output is not f32".to_owned()))?;
        Ok(Output { shape: output.shape().to_vec(), values: output.to_vec() })
    }
}
