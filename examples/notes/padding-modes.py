# What the padding modes put around 1 to 16, and what a bias does to a padded border.
import torch
import torch.nn.functional as F

image = torch.arange(1.0, 17.0).reshape(1, 1, 4, 4)
for mode in ["constant", "reflect", "replicate", "circular"]:
    print(F.pad(image, (2, 2, 2, 2), mode=mode)[0, 0])

# A 1x1 convolution and a 3x3 convolution after it as one: the kernel is the product, the bias what the 3x3 kernel makes of the bias.
w1, b1 = torch.tensor([[[[2.0]]]]), torch.tensor([3.0])
w3 = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
first = F.conv2d(image, w1, b1)
both = F.conv2d(first, w3, padding=1)
weight, bias = w3 * w1, (w3 * b1).sum().reshape(1)
one = F.conv2d(image, weight, bias, padding=1)
# inside they agree; at the border the 3x3 kernel met zeros, where the one kernel takes the bias to be
print((one - both)[0, 0])
# with the bias around the image in between they agree everywhere
around = F.pad(first, (1, 1, 1, 1), value=b1.item())
print(torch.allclose(F.conv2d(around, w3), one))
